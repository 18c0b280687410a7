//! JSON pointers (RFC 6901): where in a document something stands.

/// A name as one step of a pointer.
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name that a step of a pointer stands for.
pub fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_the_way_into_a_pointer_and_back() {
        for (name, step) in [("/pens/{id}", "~1pens~1{id}"), ("a~1b", "a~01b"), ("plain", "plain")] {
            assert_eq!((escaped(name).as_str(), unescaped(step).as_str()), (step, name));
        }
    }
}
