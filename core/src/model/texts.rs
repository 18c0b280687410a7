//! Texts with a type of their own, so that another text does not fit in their place. The types are emitted; here is what all of them have.

/// Writes what an emitted text needs; the pattern is that of its columns.
#[doc(hidden)]
#[macro_export]
macro_rules! text_type {
    ($name:ident = $pattern:literal) => {
        impl $name {
            /// This text. Whether it is as it has to be is looked at when it is sent, as with any text; `parse` looks at once.
            #[inline]
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[inline]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::FormatError;

            #[inline]
            fn from_str(text: &str) -> Result<Self, $crate::FormatError> {
                $crate::model::matching(stringify!($name), $pattern, text).map(Self)
            }
        }

        impl From<$name> for String {
            #[inline]
            fn from(text: $name) -> String {
                text.0
            }
        }

        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "what the macros write is public, as emitted code is")]
mod tests {
    #[derive(Debug, Clone, PartialEq)]
    struct Nib(String);
    crate::text_type!(Nib = "^[A-Z]{2}$");

    #[test]
    fn a_text_is_looked_at_where_it_is_parsed() {
        assert_eq!("XF".parse::<Nib>(), Ok(Nib::new("XF")));
        for wrong in ["", "xf", "XFF", "XF\n"] {
            assert_eq!(wrong.parse::<Nib>().unwrap_err().to_string(), "the text is not a Nib", "{wrong:?}");
        }
        let nib = Nib::new("M");
        assert_eq!((nib.as_str(), nib.to_string().as_str(), String::from(nib.clone()).as_str()), ("M", "M", "M"));
    }
}
