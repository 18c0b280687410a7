//! Patterns of JSON Schema, which are regular expressions of ECMA-262.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regress::Regex;

thread_local! {
    // A document has a fixed number of patterns, and each is compiled once in a thread.
    static COMPILED: RefCell<HashMap<&'static str, Option<Rc<Regex>>>> = RefCell::default();
}

/// Whether a text has a match. A pattern that is not a regular expression says nothing; codegen leaves those out.
pub(super) fn fits(pattern: &'static str, text: &str) -> bool {
    let compiled = COMPILED.with_borrow_mut(|all| all.entry(pattern).or_insert_with(|| compiled(pattern)).clone());
    compiled.is_none_or(|regex| regex.find(text).is_some())
}

/// By characters, as JSON Schema recommends, else as patterns are that were written without that in mind.
fn compiled(pattern: &str) -> Option<Rc<Regex>> {
    Regex::with_flags(pattern, "u").or_else(|_| Regex::new(pattern)).ok().map(Rc::new)
}
