//! Who calls. What they may do stands in `rights.rs` and, row by row, in `rows.rs`; with the switch `permissions` off
//! everyone may do everything.

mod caller;
mod rights;
mod rows;

pub(crate) use caller::{ACTIVE_USER, Caller, by_bearer, by_cookie, caller};
pub(crate) use rights::{check, is_admin, may_use};
pub(crate) use rows::{RowFilter, check_place, check_write};
