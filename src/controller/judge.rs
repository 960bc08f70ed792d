//! The task that judges whatever the watches publish.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, sleep_until};

use crate::cluster::Handle;
use crate::model::{Now, Settings, World};

use super::clock;
use super::rounds::{Found, Rounds};

/// Publications within this time are judged together.
const TOGETHER: Duration = Duration::from_secs(1);
/// How often it is looked at whose grace has ended, though nothing changes.
const LOOK: Duration = Duration::from_secs(20);
/// While the World is not to be trusted.
const LATER: Duration = Duration::from_secs(5);

/// What the audit last found; `None` before its first round.
pub(crate) type Audited = watch::Receiver<Option<Arc<Found>>>;

/// Judges until the watches have ended, and tells why.
pub(super) async fn judge(
    watched: Handle,
    settings: Arc<Settings>,
    interval: Duration,
    found: watch::Sender<Option<Arc<Found>>>,
) -> String {
    let mut publications = watched.publications();
    let mut rounds = Rounds::new(settings, interval, Instant::now());
    loop {
        publications.borrow_and_update();
        let Some(world) = trusted(&watched) else {
            sleep(LATER).await;
            continue;
        };
        // Not on the threads that answer probes.
        let judged = spawn_blocking(move || {
            let now = Now(clock::now());
            let news = rounds.advance(world, now, Instant::now());
            (rounds, news)
        });
        let news = match judged.await {
            Ok((still, news)) => {
                rounds = still;
                news
            }
            Err(error) => return error.to_string(),
        };
        if let Some(news) = news {
            found.send_replace(Some(news));
        }
        sleep(TOGETHER).await;
        let until = rounds.due().min(Instant::now() + LOOK);
        tokio::select! {
            changed = publications.changed() => if changed.is_err() { return "the watches have ended".to_owned() },
            () = sleep_until(until.into()) => {}
        }
    }
}

/// The World, unless nobody knows whether it still holds: what may be wrong is not reported.
fn trusted(watched: &Handle) -> Option<Arc<World>> {
    watched.world().filter(|world| !world.is_old())
}
