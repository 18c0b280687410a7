//! Identifiers that know what they identify.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The primary key of a record of type `T`. An id of another resource does not fit in its place.
///
/// ```
/// # use zeyos_core as zeyos;
/// # struct Ticket;
/// use zeyos::Id;
///
/// let id: Id<Ticket> = "311".parse()?;
/// assert_eq!((id, id.get(), id.to_string()), (Id::new(311), 311, "311".to_owned()));
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
///
/// ```compile_fail,E0308
/// # use zeyos_core as zeyos;
/// # struct Ticket;
/// # struct Account;
/// # fn get_ticket(_: zeyos::Id<Ticket>) {}
/// let account: zeyos::Id<Account> = zeyos::Id::new(7);
/// get_ticket(account);
/// ```
pub struct Id<T>(i64, PhantomData<fn() -> T>);

impl<T> Id<T> {
    /// The id with this number.
    pub const fn new(number: i64) -> Self {
        Id(number, PhantomData)
    }

    /// The number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

// Written out because a derive would ask `T` for the same traits.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> FromStr for Id<T> {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Id::new)
    }
}

impl<T> From<i64> for Id<T> {
    fn from(number: i64) -> Self {
        Id::new(number)
    }
}

impl<T> From<&Id<T>> for Id<T> {
    fn from(id: &Id<T>) -> Self {
        *id
    }
}

/// The number.
impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Id::new)
    }
}
