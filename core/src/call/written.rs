//! Answers that are written as they come.

use std::io::{self, Write};

use super::kind::{Binary, Text};
use super::{Call, RawCall};
use crate::maybe_send::{BoxFuture, MaybeSend};

macro_rules! written {
    ($($answer:ty: $kind:ty),*) => {
        $(impl Call<$answer, $kind> {
            /// Writes the answer to a file or whatever else takes bytes, piece by piece as it comes: the answer may be larger than
            /// the memory. Answers how many bytes that were.
            ///
            /// Pieces are written on the thread that awaits this; give it a [`BufWriter`](io::BufWriter) over a file.
            ///
            /// # Errors
            /// Those of the writer, and those of the call ([`Error`](crate::Error), as what [`into_inner`](io::Error::into_inner)
            /// answers). What was written before is a beginning of the answer.
            pub fn write_to<'a, W: Write + MaybeSend + 'a>(self, writer: W) -> crate::ScopedFuture<'a, io::Result<u64>> {
                let answer = self.raw.into_written();
                Box::pin(async move {
                    let (mut writer, mut bytes) = (writer, 0);
                    let mut pieces = answer.await?;
                    while let Some(piece) = pieces.next().await {
                        let piece = piece.map_err(io::Error::other)?;
                        writer.write_all(&piece)?;
                        bytes += piece.len() as u64;
                    }
                    writer.flush()?;
                    Ok(bytes)
                })
            }
        })*
    };
}

written!(String: Text, bytes::Bytes: Binary);

impl RawCall {
    fn into_written(self) -> BoxFuture<io::Result<super::ByteStream>> {
        let answer = self.streamed();
        Box::pin(async move { Ok(answer.await.map_err(io::Error::other)?.into_body()) })
    }
}
