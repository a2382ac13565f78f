//! `/internal/live`: tells a browser that alerts were made or changed, as Server-Sent Events.
//!
//! A message holds ids of alerts at most, and nothing of them: the browser asks for what it wants to show, as it
//! always does. A stream ends with the session that opened it, which is looked at before every message and every
//! sign of life, and when the server stops. Neither it nor opening it, which browsers do by themselves, keeps a
//! session alive.
//! Source: HTML Standard, "Server-sent events".

mod seats;

use std::convert::Infallible;
use std::time::Duration;

use api_types::{ErrorMessage, LiveMessage};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use model::Permission;
use store::{AlertNews, AlertWatch};
use tokio::sync::watch;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until};
use tracing::warn;

use self::seats::Seat;
pub(crate) use self::seats::Seats;
use crate::auth::Onlooker;
use crate::error::ApiError;
use crate::state::ApiState;

/// Time between two messages to one browser.
const PAUSE: Duration = Duration::from_secs(1);
/// Time between two signs of life, so that nothing between here and the browser thinks that it is over.
const BEAT: Duration = Duration::from_secs(15);
/// When a browser may come again that was not let in.
const RETRY_AFTER_SECONDS: &str = "30";
const EVENT_STREAM: &str = "text/event-stream";

/// Tells of changes of alerts until the session ends.
#[utoipa::path(get, path = "/internal/live", operation_id = "follow_alerts", tag = "console",
    responses(
        (status = 200, content_type = "text/event-stream", body = LiveMessage,
            description = "Events `alerts`, each with such a message, at most one a second"),
        (status = 401, body = ErrorMessage), (status = 403, body = ErrorMessage),
        (status = 406, body = ErrorMessage, description = "`Accept` does not name `text/event-stream`"),
        (status = 503, body = ErrorMessage, description = "Too many streams; `Retry-After` says when again")))]
pub(crate) async fn follow(
    Onlooker(person): Onlooker,
    State(state): State<ApiState>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    person.require(Permission::AlertRead)?;
    // Whoever asks without knowing what comes would wait for an end.
    let accepts = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepts.into_iter().any(|value| value.contains(EVENT_STREAM)) {
        let message = "the answer is a stream that does not end; ask with `Accept: text/event-stream`";
        return Err(ApiError::new(StatusCode::NOT_ACCEPTABLE, message));
    }
    let seat = match state.live().take(&person.known.user.id) {
        Ok(seat) => seat,
        Err(full) => return Ok(refuse(full.to_string())),
    };
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let stream = Stream {
        sees_all: person.known.rights.log_types.is_all(),
        watch: state.store.watch_alerts(),
        stopping: state.stopping(),
        not_before: Instant::now(),
        value: person.value,
        beat,
        state,
        _seat: seat,
    };
    let mut response = Sse::new(stream::unfold(stream, Stream::next)).into_response();
    // Some proxies collect answers before they pass them on.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn refuse(message: String) -> Response {
    let mut response = ApiError::new(StatusCode::SERVICE_UNAVAILABLE, message).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
    response
}

/// What one browser is told.
struct Stream {
    state: ApiState,
    /// The value of the session's cookie.
    value: String,
    /// Whether the person may see every alert, so that ids may be named.
    sees_all: bool,
    watch: AlertWatch,
    stopping: watch::Receiver<bool>,
    beat: Interval,
    not_before: Instant,
    _seat: Seat,
}

enum Happened {
    Stop,
    Beat,
    News(Option<AlertNews>),
}

impl Stream {
    /// The next event; `None` at the end.
    async fn next(mut self) -> Option<(Result<Event, Infallible>, Stream)> {
        let happened = tokio::select! {
            biased;
            _ = self.stopping.wait_for(|stops| *stops) => Happened::Stop,
            _ = self.beat.tick() => Happened::Beat,
            news = paced(self.not_before, &mut self.watch) => Happened::News(news),
        };
        let event = match happened {
            Happened::Stop | Happened::News(None) => return None,
            Happened::Beat => Event::default().comment("here"),
            Happened::News(Some(news)) => {
                self.not_before = Instant::now() + PAUSE;
                self.message(news)
            }
        };
        self.may_go_on().await.then_some((Ok(event), self))
    }

    fn message(&self, news: AlertNews) -> Event {
        let AlertNews { number, ids } = news;
        // Somebody who does not see everything is not told which alerts there are.
        let ids = ids.filter(|_| self.sees_all);
        let ids = ids.map(|ids| ids.iter().map(ToString::to_string).collect());
        let message = LiveMessage { number, ids };
        let text = serde_json::to_string(&message).unwrap_or_default();
        Event::default().event("alerts").data(text)
    }

    /// Whether the session holds and permits it still.
    async fn may_go_on(&self) -> bool {
        match self.state.store.find_session(&self.value).await {
            Ok(Some(known)) => {
                known.rights.permissions.holds(Permission::AlertRead)
                    && known.rights.log_types.is_all() == self.sees_all
            }
            Ok(None) => false,
            Err(problem) => {
                warn!("a live stream ends, because its session cannot be looked at: {problem}");
                false
            }
        }
    }
}

/// Waits for news, and until it is time for them. Nothing is lost when it is dropped.
async fn paced(not_before: Instant, watch: &mut AlertWatch) -> Option<AlertNews> {
    sleep_until(not_before).await;
    watch.next().await
}
