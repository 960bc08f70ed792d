//! Reading the body of a request, within the bounds.

use axum::body::{Body, Bytes, HttpBody};
use http::StatusCode;
use http_body_util::BodyExt;

use super::Reply;
use super::bounds::{BODY, Share};

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Broken(String),
    Overload,
    TooLarge,
}

/// The whole body. Its bytes count as in flight until `share` is dropped.
pub(super) async fn read(mut body: Body, share: &mut Share) -> Result<Bytes, Refusal> {
    let announced = announced(&body);
    if announced > BODY {
        return Err(too_large(body).await);
    }
    let mut first = Bytes::new();
    let mut whole: Vec<u8> = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.len().max(whole.len()) + data.len() > BODY {
            return Err(too_large(body).await);
        }
        if !share.grow(data.len()) {
            return Err(Refusal::Overload);
        }
        if first.is_empty() {
            // A body that came in one piece is never copied.
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.reserve_exact(announced.max(first.len() + data.len()));
            whole.extend_from_slice(&first);
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.into() })
}

/// The length that the client announced; what it sends in chunks has none.
fn announced(body: &Body) -> usize {
    let length = body.size_hint().exact().unwrap_or_default();
    usize::try_from(length).unwrap_or(usize::MAX)
}

/// Reads as much again without keeping it: a connection closed on a client that is still writing is reset, and the
/// client would never see the answer.
async fn too_large(mut body: Body) -> Refusal {
    let mut dropped = 0;
    while let Some(Ok(frame)) = body.frame().await {
        dropped += frame.data_ref().map_or(0, Bytes::len);
        if dropped > 2 * BODY {
            break;
        }
    }
    Refusal::TooLarge
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Broken(reason) => {
                let text = format!("cannot read the body of the request: {reason}");
                Self::text(StatusCode::BAD_REQUEST, text)
            }
            Refusal::Overload => Self::overloaded(),
            Refusal::TooLarge => Self::text(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body of the request is larger than {} MiB", BODY >> 20),
            ),
        }
    }
}
