use std::collections::BTreeSet;

use zeyos::rest::{Message, MessageMailbox, message};
use zeyos::{Client, Error, Id, Timestamp, projection};

projection! {
    pub struct Mail from Message {
        pub id: Id<Message> = message::ID,
        pub date: Timestamp = message::DATE,
        pub from: String = message::SENDER_EMAIL,
        pub subject: String = message::SUBJECT,
    }
}

projection! {
    struct Answer from Message {
        to: Option<Id<Message>> = message::REFERENCE,
    }
}

/// What has come in since then and was not answered, the oldest first.
pub async fn unanswered(client: &Client, since: Timestamp) -> Result<Vec<Mail>, Error> {
    let came_in = message::MAILBOX.eq(MessageMailbox::Inbox) & message::DATE.ge(since);
    let query = Message::query().filter(came_in).select::<Mail>();
    let mut mails = client.api().list_messages(query).stream().collect().await?;
    let ids: Vec<_> = mails.iter().map(|mail| mail.id).collect();
    let mut answered = BTreeSet::new();
    for ids in ids.chunks(500) {
        let sent = message::MAILBOX.one_of([MessageMailbox::Sent, MessageMailbox::Archive]);
        let query = Message::query().filter(message::REFERENCE.one_of(ids) & sent).select::<Answer>();
        let answers = client.api().list_messages(query).stream().collect().await?;
        answered.extend(answers.into_iter().filter_map(|answer| answer.to));
    }
    mails.retain(|mail| !answered.contains(&mail.id));
    mails.sort_by_key(|mail| (mail.date, mail.id));
    Ok(mails)
}
