//! What goes out, and to which origin.

mod origins;
mod read;
mod repeats;
mod written;
