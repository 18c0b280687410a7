//! References by name and number: a text names a resource, and a number is an ID in it. The enum of typed ids is emitted; here is
//! what reads, writes and shows it.

/// Writes what an emitted enum of references needs: for each record its variant, which has the same name, and the name of its
/// resource in the enum of names.
#[doc(hidden)]
#[macro_export]
macro_rules! references {
    ($name:ident of $names:ident { $($record:ident = $value:ident),* $(,)? }) => {
        impl $name {
            /// What a name and a number lead to.
            #[inline]
            pub fn new(entity: $names, index: i64) -> Self {
                match entity {
                    $($names::$value => Self::$record($crate::Id::new(index)),)*
                    $names::Unknown(unknown) => Self::Unknown(unknown, index),
                }
            }

            /// The name of the resource.
            #[inline]
            pub fn entity(&self) -> $names {
                match self {
                    $(Self::$record(_) => $names::$value,)*
                    Self::Unknown(unknown, _) => $names::Unknown(unknown.clone()),
                }
            }

            /// The number of the record in its resource.
            #[inline]
            pub const fn index(&self) -> i64 {
                match self {
                    $(Self::$record(id) => id.get(),)*
                    Self::Unknown(_, index) => *index,
                }
            }
        }

        $(impl From<$crate::Id<$record>> for $name {
            #[inline]
            fn from(id: $crate::Id<$record>) -> Self {
                Self::$record(id)
            }
        })*

        impl From<&$name> for $name {
            #[inline]
            fn from(reference: &$name) -> Self {
                reference.clone()
            }
        }

        /// The name of the resource and the number, such as `tickets/311`.
        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}/{}", self.entity().as_str(), self.index())
            }
        }
    };
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "what the macros write is public, as emitted code is")]
mod tests {
    use crate::model::{Id, UnknownText};

    #[derive(Debug)]
    struct Pen;
    #[derive(Debug)]
    struct Ink;

    #[derive(Debug, Clone, PartialEq, Eq)]
    enum Thing {
        Pens,
        Inks,
        Unknown(UnknownText),
    }
    crate::text_enum!(Thing { Pens = "pens", Inks = "inks" });

    #[derive(Debug, Clone, PartialEq)]
    enum ThingRef {
        Pen(Id<Pen>),
        Ink(Id<Ink>),
        Unknown(UnknownText, i64),
    }
    crate::references!(ThingRef of Thing { Pen = Pens, Ink = Inks });

    #[test]
    fn a_name_and_a_number_are_a_typed_id_and_become_them_again() {
        let pen: ThingRef = Id::<Pen>::new(7).into();
        assert_eq!((pen.entity(), pen.index(), pen.to_string()), (Thing::Pens, 7, "pens/7".to_owned()));
        assert_eq!(ThingRef::new(Thing::Inks, 3), Id::<Ink>::new(3).into());
        assert_eq!(ThingRef::from(&pen), pen);
    }

    #[test]
    fn a_name_that_is_not_known_is_kept() {
        let strange = ThingRef::new(Thing::from_text("quills"), 5);
        assert!(matches!(&strange, ThingRef::Unknown(name, 5) if name.as_str() == "quills"));
        assert_eq!((strange.entity().as_str(), strange.to_string()), ("quills", "quills/5".to_owned()));
    }
}
