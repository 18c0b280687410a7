//! What goes out, and to which origin.

mod discovery;
mod held;
mod logins;
mod origins;
mod paths;
mod read;
mod repeats;
mod session;
mod written;
