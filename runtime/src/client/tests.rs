//! What goes out, and to which origin.

mod origins;
mod written;
