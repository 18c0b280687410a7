//! The styles of OpenAPI.

/// How a list or an object is spelled in a parameter or in a member of a form (OpenAPI 3.0, section 4.7.12.2). Whether it is
/// exploded is said beside it: then each of its members is written on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Style {
    /// `simple`, in paths and headers: `red,blue`.
    Simple,
    /// `label`, in paths: `.red.blue`.
    Label,
    /// `matrix`, in paths: `;ink=red,blue`.
    Matrix,
    /// `form`, in queries and forms: `ink=red&ink=blue`; not exploded `ink=red,blue`, an object as names and values in turn.
    Form,
    /// `spaceDelimited`: as `Form` that is not exploded, with a space between.
    SpaceDelimited,
    /// `pipeDelimited`: as `Form` that is not exploded, with `|` between.
    PipeDelimited,
    /// `deepObject`: `pen[ink]=red`. The specification leaves open how it goes on where it is deeper: here in the same way. A list
    /// repeats its name in a query; in a form its members stand by their number, as in `pens[0][ink]=red`, which servers that
    /// nest read.
    DeepObject,
    /// Not a style but the content of a parameter: JSON.
    Json,
}
