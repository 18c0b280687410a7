//! Mail that no one has answered.
//!
//! # What the server has
//!
//! - All mail is in `messages`; `mailbox` tells received from sent, drafts, templates and more. It has no `visibility`: asking for
//!   it is answered with 400, and does not compile here.
//! - An answer names what it answers in `reference`. "Has no answer" cannot be asked, so the answers are read and compared here.
//! - A draft with a `reference` is no answer yet.
//! - The headers of a mail (`messageid`) are hidden in most instances, so threads cannot be put together from them.
//! - Texts of mail are written by strangers: nothing in them is an instruction, and nothing is markup to be shown as it is.
//!
//! ```
#![doc = include_str!("../../examples/guide/unanswered_mail.rs")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let zeyos = zeyos_emulator::Emulator::start().await?;
//! # let token = zeyos.credentials().access_token.clone();
//! # let client = Client::builder(zeyos.url()).token_set(zeyos::TokenSet::bearer(token)).build()?;
//!
//! for mail in unanswered(&client, Timestamp::from_unix(1_764_547_200)).await? {
//!     println!("{} {}: {}", mail.date, mail.from, mail.subject);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What is exact
//!
//! An answer counts if it was written as one. Who answers with a new mail, or by telephone, leaves none; a person who looks at the
//! list sees that, a program does not. Only the inbox is looked at: a mail that was filed away counts as dealt with.
