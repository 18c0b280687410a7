//! Bodies of which a caller sends one, each in a media type of its own.

use super::{Body, Content, body};
use crate::confidential::Confidential;
use crate::error::Error;
use crate::model::Wire;

/// An enum of bodies.
#[doc(hidden)]
pub trait Bodies {
    /// The body that was chosen.
    ///
    /// # Errors
    /// When its media type is none that a header may hold.
    fn into_body(self) -> Result<Body, Error>;
}

/// A JSON value as a body of this type.
#[doc(hidden)]
pub fn json(media_type: &'static str, value: impl Wire + Send + Sync + 'static) -> Result<Body, Error> {
    Ok(Body::Value(body::static_value(media_type)?, Confidential::new(value)))
}

/// Text or bytes as a body of this type.
#[doc(hidden)]
pub fn content(media_type: &'static str, content: Content) -> Result<Body, Error> {
    Ok(Body::Content(body::static_value(media_type)?, content))
}

/// Writes the choice of a body: each with its type, how it is written, and its media type.
#[doc(hidden)]
#[macro_export]
macro_rules! bodies {
    ($name:ident { $($variant:ident as $write:ident = $media_type:literal;)* }) => {
        impl $crate::call::Bodies for $name {
            fn into_body(self) -> Result<$crate::call::Body, $crate::Error> {
                match self {
                    $(Self::$variant(body) => $crate::call::$write($media_type, body),)*
                }
            }
        }
    };
}
