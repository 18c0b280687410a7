//! JSON pointers (RFC 6901): where in a document something stands.

/// A name as one step of a pointer.
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The name that a step of a pointer stands for.
pub(crate) fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// A text without its percent escapes; what is not an escape stays as it is.
pub(crate) fn percent_decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, after @ ..] = rest {
        let escape = (*first == b'%').then(|| after.get(..2)).flatten();
        let byte =
            escape.and_then(|two| std::str::from_utf8(two).ok()).and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
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

    #[test]
    fn percent_escapes_are_read_and_others_stay() {
        for (text, read) in [("%7Bid%7D", "{id}"), ("a%2", "a%2"), ("%zz%20", "%zz "), ("%C3%BC", "ü")] {
            assert_eq!(percent_decoded(text), read);
        }
    }
}
