//! What went wrong, for people.

use std::error::Error;
use std::iter::successors;

use kube::runtime::watcher;

/// Why the API server did not answer as hoped, in one line.
///
/// The API server's own words are enough when there are any; where the connection failed, the root of the matter is what
/// counts (`connection refused`), and the client's error names only the outermost layer.
pub(crate) fn reason(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error
        && !status.message.is_empty()
    {
        return status.message.clone();
    }
    let mut text = String::new();
    let outermost: &dyn Error = error;
    for layer in successors(Some(outermost), |layer| (*layer).source()) {
        let layer = layer.to_string();
        if text.is_empty() {
            text = layer;
        } else if !text.contains(&layer) {
            text = format!("{text}: {layer}");
        }
    }
    text
}

/// Why a watch failed, in one line.
pub(super) fn watch_reason(error: &watcher::Error) -> String {
    match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => reason(error),
        watcher::Error::WatchError(status) => status.message.clone(),
        watcher::Error::NoResourceVersion => error.to_string(),
    }
}

/// Why the API server will not serve a watch, as long as nobody changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody has the right, or nothing can be watched there.
    Forbidden,
    /// There is no such kind.
    Unserved,
}

impl Refusal {
    /// Whether the error is one; all others may pass.
    pub(super) fn of(error: &watcher::Error) -> Option<Self> {
        let code = match error {
            watcher::Error::InitialListFailed(kube::Error::Api(status))
            | watcher::Error::WatchStartFailed(kube::Error::Api(status))
            | watcher::Error::WatchFailed(kube::Error::Api(status))
            | watcher::Error::WatchError(status) => status.code,
            _ => return None,
        };
        match code {
            403 | 405 => Some(Self::Forbidden),
            404 => Some(Self::Unserved),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use kube::core::Status;

    use super::*;

    #[test]
    fn the_api_server_speaks_for_itself() {
        let status =
            Status { message: "pods is forbidden".to_owned(), code: 403, ..Status::default() };
        assert_eq!(reason(&kube::Error::Api(Box::new(status))), "pods is forbidden");
    }

    #[test]
    fn what_is_forbidden_or_unknown_is_refused_and_what_may_pass_is_not() {
        let status = |code| kube::Error::Api(Box::new(Status { code, ..Status::default() }));
        for (code, refusal) in [
            (401, None),
            (403, Some(Refusal::Forbidden)),
            (404, Some(Refusal::Unserved)),
            (410, None),
            (503, None),
        ] {
            assert_eq!(Refusal::of(&watcher::Error::InitialListFailed(status(code))), refusal);
            assert_eq!(Refusal::of(&watcher::Error::WatchStartFailed(status(code))), refusal);
        }
        assert_eq!(Refusal::of(&watcher::Error::NoResourceVersion), None);
    }

    #[test]
    fn the_root_of_the_matter_is_told_once() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "refused");
        let error = kube::Error::ReadEvents(io::Error::other(refused));
        assert_eq!(reason(&error), "Error reading events stream: refused");
    }
}
