//! What went wrong, for people.

use std::error::Error;
use std::iter::successors;

/// Why the API server did not answer as hoped, in one line.
///
/// The API server's own words are enough when there are any; where the connection failed, the root of the matter is what
/// counts (`connection refused`), and the client's error names only the outermost layer.
pub(super) fn reason(error: &kube::Error) -> String {
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
    fn the_root_of_the_matter_is_told_once() {
        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "refused");
        let error = kube::Error::ReadEvents(io::Error::other(refused));
        assert_eq!(reason(&error), "Error reading events stream: refused");
    }
}
