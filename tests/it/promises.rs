//! The promises of the auth core, numbered as in its requirement table: A1 to G6, one test each.

mod examples;
mod login;
mod logout;
mod native;
mod session;
