//! Blocks of addresses.

use serde::Deserialize;

use crate::netpol::{Block, cidr};

#[derive(Deserialize)]
pub(super) struct Wire {
    cidr: Option<String>,
    except: Option<Vec<Option<String>>>,
}

impl Wire {
    /// `None` when a part of it cannot be read: without one exception it would admit more than its author wrote.
    pub(super) fn read(self) -> Option<Block> {
        let except = self.except.unwrap_or_default();
        Some(Block {
            cidr: cidr::parse(&self.cidr?)?,
            except: except.into_iter().map(|text| cidr::parse(&text?)).collect::<Option<_>>()?,
        })
    }
}
