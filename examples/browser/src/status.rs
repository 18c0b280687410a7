//! The columns of the board.

use zeyos::rest::TicketStatus;

/// The states of a ticket that is worked on, in the order of the work, and the one that takes it from the board.
pub(crate) const COLUMNS: [(TicketStatus, &str); 8] = [
    (TicketStatus::NotStarted, "Not started"),
    (TicketStatus::AwaitingAcceptance, "Awaiting acceptance"),
    (TicketStatus::Accepted, "Accepted"),
    (TicketStatus::Active, "Active"),
    (TicketStatus::Inactive, "Inactive"),
    (TicketStatus::FeedbackRequired, "Feedback required"),
    (TicketStatus::Testing, "Testing"),
    (TicketStatus::Completed, "Completed"),
];

/// The states whose tickets are fetched.
pub(crate) fn open() -> impl Iterator<Item = TicketStatus> {
    COLUMNS.into_iter().map(|(status, _)| status).filter(|status| *status != TicketStatus::Completed)
}

/// What a state is called, also one that has no column.
pub(crate) fn label(status: TicketStatus) -> &'static str {
    COLUMNS.into_iter().find(|(known, _)| *known == status).map_or("another state", |(_, label)| label)
}
