//! Rows between the database and JSON: what reading one and listing many share. It knows columns and values, and no
//! request.

pub(crate) mod array;
mod by_id;
pub(crate) mod extras;
mod output;
pub(crate) mod show;
mod value;

pub(crate) use by_id::{ById, Plain};
pub(crate) use output::{Layout, Output, Shown, columns, write_row};
pub(crate) use show::hex;
pub(crate) use value::{comparable, stored, text};
