//! What goes out, and to which origin.

mod held;
mod origins;
mod paths;
mod read;
mod repeats;
mod written;
