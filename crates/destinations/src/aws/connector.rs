//! The SDK's HTTP client, through the guarded one.

use std::fmt;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest as SdkRequest, HttpResponse as SdkResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::Url;

use crate::http_types::{HttpReply, HttpRequest};
use crate::outbound::{Outbound, OutboundError};

/// A call takes no longer; the attempt around it usually ends sooner.
const CALL_TIMEOUT: Duration = Duration::from_secs(60);

/// Sends the SDK's requests through [`Outbound`].
#[derive(Clone)]
pub(super) struct GuardedClient {
    net: Outbound,
}

impl GuardedClient {
    pub(super) fn new(net: Outbound) -> GuardedClient {
        GuardedClient { net }
    }
}

impl fmt::Debug for GuardedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GuardedClient")
    }
}

impl HttpClient for GuardedClient {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for GuardedClient {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let net = self.net.clone();
        HttpConnectorFuture::new(async move {
            let request = to_ours(&request)?;
            match net.send(request, CALL_TIMEOUT).await {
                Ok(reply) => to_theirs(reply),
                Err(error @ OutboundError::Timeout { .. }) => Err(ConnectorError::timeout(error.into())),
                Err(error) => Err(ConnectorError::io(error.into())),
            }
        })
    }
}

fn to_ours(request: &SdkRequest) -> Result<HttpRequest, ConnectorError> {
    let unusable = |problem: &str| ConnectorError::user(problem.to_owned().into());
    let method: Method = request.method().parse().map_err(|_| unusable("an illegal method"))?;
    let url = Url::parse(request.uri()).map_err(|_| unusable("an illegal address"))?;
    let mut headers = HeaderMap::new();
    for (name, value) in request.headers().iter() {
        let name: HeaderName = name.parse().map_err(|_| unusable("an illegal header name"))?;
        let value = HeaderValue::from_str(value).map_err(|_| unusable("an illegal header value"))?;
        if !matches!(name, header::HOST | header::CONTENT_LENGTH) {
            headers.append(name, value);
        }
    }
    let body = request.body().bytes().ok_or_else(|| unusable("a body that is a stream"))?;
    Ok(HttpRequest { method, url, headers, body: Bytes::copy_from_slice(body) })
}

fn to_theirs(reply: HttpReply) -> Result<SdkResponse, ConnectorError> {
    let HttpReply { status, headers, body, complete, received_at: _ } = reply;
    if !complete {
        return Err(ConnectorError::io("the reply broke off".into()));
    }
    let mut response = http::Response::new(SdkBody::from(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    SdkResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
}
