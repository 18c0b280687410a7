//! What values must keep to beyond their type. It is checked where a caller of an emitted crate asks for it.

/// The rules for the values of a type, and for those within where the type is a list or a map. Types with a name have their own.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bounds {
    pub rules: Vec<Bound>,
    pub within: Option<Box<Bounds>>,
}

/// A rule, called after its keyword as the core calls it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bound {
    /// Of characters, elements or members.
    Count(&'static str, usize),
    Limit(&'static str, Number),
    Pattern(String),
    UniqueItems,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Number::Integer(number)
    }
}

/// A fraction that is none is a whole number.
impl From<f64> for Number {
    fn from(number: f64) -> Self {
        as_whole(number).map_or(Number::Float(number), Number::Integer)
    }
}

/// The number, where it has no fraction and 64 bits hold it exactly.
pub(crate) fn as_whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}
