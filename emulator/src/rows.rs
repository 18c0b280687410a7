//! Rows between the database and JSON: what reading one and listing many share. It knows columns and values, and no
//! request.

pub(crate) mod array;
pub(crate) mod extras;
mod output;
pub(crate) mod render;
mod row_statement;
mod value;

pub(crate) use output::{Layout, Output, OutputRow, columns, write_row};
pub(crate) use render::hex;
pub(crate) use row_statement::{RowStatement, RowStatements};
pub(crate) use value::{comparable, stored, text};
