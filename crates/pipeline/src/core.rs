//! What the stages and the correlation rules share: who commits, what things are judged by now, and which
//! signals nobody has looked at.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use model::{RuleId, SystemFinding};
use python_host::ActiveRules;
use stdx::Clock;
use store::SignalOutcome;
use tokio::sync::watch;
use tracing::warn;

use crate::commit::Committer;
use crate::correlation::{CorrelationSettings, Watch};
use crate::faults;
use crate::world::World;

/// Wait after a fault could not be recorded before the next try.
const RETRY_DELAY: Duration = Duration::from_millis(500);
/// That signals of a rule are dropped is said again after this time.
const SAID_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// See the module.
pub(crate) struct Core {
    pub(crate) committer: Committer,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) correlation: CorrelationSettings,
    /// The world for readers that must not wait.
    world: ArcSwap<World>,
    /// What operators said about detections; read anew for every slice of a group.
    pub(crate) active: ArcSwap<ActiveRules>,
    /// Which correlation rules are active, by the two above.
    pub(crate) watch: ArcSwap<Watch>,
    /// Counts what may give correlation rules something to do.
    pub(crate) signal_commits: watch::Sender<u64>,
    /// How far the correlation rules are with that.
    pub(crate) correlated: watch::Sender<u64>,
    /// When it was last said of a rule that its signals had to go.
    dropped_said_at: Mutex<HashMap<RuleId, Timestamp>>,
}

impl Core {
    pub(crate) fn new(
        committer: Committer,
        world: Arc<World>,
        clock: Arc<dyn Clock>,
        correlation: CorrelationSettings,
    ) -> Core {
        Core {
            committer,
            clock,
            correlation,
            active: ArcSwap::new(Arc::clone(&world.active)),
            watch: ArcSwap::from_pointee(Watch::new(&world.correlations, &world.active)),
            world: ArcSwap::new(world),
            signal_commits: watch::Sender::new(1), // those of earlier runs
            correlated: watch::Sender::new(0),
            dropped_said_at: Mutex::default(),
        }
    }

    /// What things are judged by now.
    pub(crate) fn world(&self) -> Arc<World> {
        self.world.load_full()
    }

    /// Replaces what things are judged by.
    pub(crate) fn set_world(&self, world: Arc<World>) {
        self.world.store(world);
        self.rewatch();
    }

    /// Replaces what operators said about detections.
    pub(crate) fn set_active(&self, active: ActiveRules) {
        self.active.store(Arc::new(active));
        self.rewatch();
    }

    /// Sees which correlation rules are active now.
    fn rewatch(&self) {
        let watch = Watch::new(&self.world.load().correlations, &self.active.load());
        self.watch.store(Arc::new(watch));
        // Signals that wait may be of use to a rule that is new.
        self.signal_commits.send_modify(|commits| *commits += 1);
    }

    /// Follows what a commit did with signals: wakes the correlation rules, and says once a day of a rule
    /// that its older signals had to go.
    pub(crate) fn follow_signals(self: &Arc<Self>, outcome: &SignalOutcome) {
        if outcome.any_new {
            self.signal_commits.send_modify(|commits| *commits += 1);
        }
        for (rule_id, count) in &outcome.dropped {
            if self.is_dropping_news(rule_id) {
                self.raise(faults::signals_dropped(rule_id, *count, self.correlation.signals_kept_max));
            }
        }
    }

    fn is_dropping_news(&self, rule_id: &RuleId) -> bool {
        let now = self.clock.now();
        let mut said_at = self.dropped_said_at.lock().expect("no holder of this lock panics");
        let is_said = said_at.get(rule_id).is_some_and(|at| now.duration_since(*at) < SAID_AGAIN_AFTER);
        if !is_said {
            said_at.insert(rule_id.clone(), now);
        }
        !is_said
    }

    /// Waits until correlation rules have looked at the signals that there are now; `false` when nobody does.
    pub(crate) async fn signals_are_seen(&self) -> bool {
        let commits = *self.signal_commits.borrow();
        self.correlated.subscribe().wait_for(|seen| *seen >= commits).await.is_ok()
    }

    /// Records a fault of the platform; tries until it is stored.
    pub(crate) fn raise(self: &Arc<Self>, finding: SystemFinding) {
        warn!(component = %finding.component, "{}", finding.title);
        let core = Arc::clone(self);
        tokio::spawn(async move {
            let at = core.clock.now();
            loop {
                let world = core.world();
                match core.committer.commit_fault(finding.clone(), at, &world).await {
                    Ok(()) => return,
                    Err(failure) => {
                        warn!("a system error could not be recorded, trying again: {failure}");
                        tokio::time::sleep(RETRY_DELAY).await;
                    }
                }
            }
        });
    }
}
