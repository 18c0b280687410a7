//! Types with a name of their own around another one: lists and maps of themselves.

/// Writes decoding and encoding of a struct around one value, which stands on the wire as the value does.
#[doc(hidden)]
#[macro_export]
macro_rules! wrapper {
    ($name:ident($inner:ty)) => {
        impl $crate::model::Wire for $name {
            fn read<'de, D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                Ok(<$inner as $crate::model::Wire>::read(deserializer)?.map(Self))
            }

            fn read_member<'de, D: $crate::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                Ok(<$inner as $crate::model::Wire>::read_member(deserializer)?.map(Self))
            }

            fn empty() -> Self {
                Self(<$inner as $crate::model::Wire>::empty())
            }

            fn to_json(&self) -> $crate::model::Json {
                $crate::model::Wire::to_json(&self.0)
            }

            fn to_member(&self) -> Option<$crate::model::Json> {
                $crate::model::Wire::to_member(&self.0)
            }

            fn write<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::model::Wire::write(&self.0, serializer)
            }

            fn write_member<S: $crate::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::model::Wire::write_member(&self.0, serializer)
            }

            fn presence(&self) -> $crate::encode::Presence {
                $crate::model::Wire::presence(&self.0)
            }
        }

        $crate::serialize!($name);

        impl<'de> $crate::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::required(deserializer)
            }
        }

        impl From<$inner> for $name {
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use crate::model::Wire;

    #[derive(Debug, PartialEq)]
    struct Folders(BTreeMap<String, Option<Folders>>);
    crate::wrapper!(Folders(BTreeMap<String, Option<Folders>>));

    #[test]
    fn a_map_of_itself_is_read_and_written_back() {
        let wire = json!({"a": {"b": {}, "c": null}});
        let folders: Folders = serde_json::from_value(wire.clone()).unwrap();
        assert_eq!(folders.0["a"].as_ref().unwrap().0["b"], Some(Folders(BTreeMap::new())));
        assert_eq!(folders.to_json(), wire);
        assert!(serde_json::from_value::<Folders>(json!({"a": [1]})).is_err());
    }
}
