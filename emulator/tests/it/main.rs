//! Speaks raw HTTP/1.1 to a running emulator. One binary; a module for each part of the behaviour.

#[cfg(test)]
mod bodies;
#[cfg(test)]
mod brackets;
#[cfg(test)]
mod checker;
#[cfg(test)]
mod client;
#[cfg(test)]
mod conditional;
#[cfg(test)]
mod config;
#[cfg(test)]
mod control;
#[cfg(test)]
mod docs;
#[cfg(test)]
mod durable;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod fault_server;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod grants;
#[cfg(test)]
mod inspector;
#[cfg(test)]
mod legacy;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod permission_table;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod platforms;
#[cfg(test)]
mod program;
#[cfg(test)]
mod property;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod published;
#[cfg(test)]
mod recipes;
#[cfg(test)]
mod records;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod rules_columns;
#[cfg(test)]
mod rules_rows;
#[cfg(test)]
mod sign_in_pages;
#[cfg(test)]
mod switches;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod write_switches;
