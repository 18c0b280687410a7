//! A file that is sent inside of JSON, in base64. It is read while it is sent, so neither it nor its text is ever in memory as a whole.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::marker::PhantomData;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use super::Content;
use crate::fields::Fields;
use crate::model::{Base64, Wire};

/// How many bytes are read at a time: a multiple of three, so that the texts of the pieces join without padding between them.
const PIECE: usize = 3 * 16 * 1024;

/// A file in the place of a `T`, which holds its bytes in base64.
pub struct Upload<T> {
    member: &'static str,
    content: Content,
    of: PhantomData<fn() -> T>,
}

impl<T> Upload<T> {
    /// The file at this path, in this member of the object.
    ///
    /// # Errors
    /// When there is no such file, or no one may read it.
    #[doc(hidden)]
    pub fn from_path(member: &'static str, path: impl AsRef<Path>) -> io::Result<Self> {
        let path: Arc<Path> = path.as_ref().into();
        let length = File::open(&path)?.metadata()?.len();
        let content = Content::stream_with(move || Encoded::Closed(Arc::clone(&path)));
        let content = content.with_length(length.div_ceil(3).saturating_mul(4));
        Ok(Upload { member, content, of: PhantomData })
    }
}

/// What an object with a file can be set to: itself, null, or a file that is read while it is sent.
#[diagnostic::on_unimplemented(
    message = "the member cannot be set to `{Self}`",
    label = "neither `{T}` nor a file",
    note = "it takes a `{T}`, `None`, or what `{T}::from_path(path)?` gives"
)]
pub trait IntoUpload<T> {
    /// Sets the member of this name.
    #[doc(hidden)]
    fn set(self, name: &'static str, fields: &mut Fields);
}

impl<T: Wire> IntoUpload<T> for T {
    fn set(self, name: &'static str, fields: &mut Fields) {
        fields.set(name, self.to_json());
    }
}

impl<T: Wire> IntoUpload<T> for Option<T> {
    fn set(self, name: &'static str, fields: &mut Fields) {
        fields.set(name, self.to_json());
    }
}

impl<T> IntoUpload<T> for Upload<T> {
    fn set(self, name: &'static str, fields: &mut Fields) {
        fields.set_encoded(name, self.member, self.content);
    }
}

impl<T> Clone for Upload<T> {
    fn clone(&self) -> Self {
        Upload { member: self.member, content: self.content.clone(), of: PhantomData }
    }
}

impl<T> fmt::Debug for Upload<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upload").field(&self.content).finish()
    }
}

/// The text of a file, from the beginning. Each attempt opens it anew.
enum Encoded {
    Closed(Arc<Path>),
    Open(File),
    Ended,
}

impl Encoded {
    fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Encoded::Closed(path) = self {
            *self = Encoded::Open(File::open(path)?);
        }
        let Encoded::Open(file) = self else { return Ok(None) };
        let mut piece = Vec::with_capacity(PIECE);
        file.take(PIECE as u64).read_to_end(&mut piece)?;
        if piece.len() < PIECE {
            *self = Encoded::Ended;
        }
        let text = String::from(Base64::encode(&piece));
        Ok(Some(Bytes::from(text)).filter(|text| !text.is_empty()))
    }
}

/// A piece is read where the request is sent from: 48 KiB of a file are there at once, or the disk is what the program waits for.
impl Stream for Encoded {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = self.next();
        if next.is_err() {
            *self = Encoded::Ended;
        }
        Poll::Ready(next.transpose())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_file_are_the_text_of_the_whole() {
        let path = std::env::temp_dir().join(format!("zeyos-upload-{}", std::process::id()));
        for length in [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 2] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 7 % 251) as u8).collect();
            std::fs::write(&path, &bytes).unwrap();
            let mut encoded = Encoded::Closed(path.as_path().into());
            let mut text = Vec::new();
            while let Some(piece) = encoded.next().unwrap() {
                assert!(piece.len() <= PIECE / 3 * 4);
                text.extend(piece);
            }
            assert_eq!(String::from_utf8(text).unwrap(), String::from(Base64::encode(&bytes)), "{length}");
            let upload = Upload::<()>::from_path("content", &path).unwrap();
            assert_eq!(upload.content.length(), Some((length.div_ceil(3) * 4) as u64));
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Upload::<()>::from_path("content", &path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
