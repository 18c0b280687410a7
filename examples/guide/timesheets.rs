use std::collections::BTreeMap;
use std::ops::Range;

use zeyos::rest::{Account, ActionStep, ActionStepStatus, Project, Task, Ticket, action_step, task, user};
use zeyos::{Client, Error, Id, Timestamp, projection};

projection! {
    struct Step from ActionStep {
        who: Option<String> = action_step::ASSIGNEDUSER.then(user::NAME),
        account: Option<Id<Account>> = action_step::ACCOUNT,
        ticket: Option<Id<Ticket>> = action_step::TICKET,
        task: Option<Id<Task>> = action_step::TASK,
        ticket_of_task: Option<Id<Ticket>> = action_step::TASK.then(task::TICKET),
        project_of_task: Option<Id<Project>> = action_step::TASK.then(task::PROJECT),
        minutes: i64 = action_step::EFFORT,
    }
}

/// What someone worked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Work {
    /// A ticket, or a task of one.
    Ticket(Id<Ticket>),
    /// A task of a project.
    Project(Id<Project>),
    /// A task of nothing else.
    Task(Id<Task>),
    /// An account, with no ticket or task between.
    Account(Id<Account>),
    /// Nothing that is named.
    Other,
}

impl Step {
    fn work(&self) -> Work {
        let ticket = self.ticket.or(self.ticket_of_task).map(Work::Ticket);
        let task = self.project_of_task.map(Work::Project).or(self.task.map(Work::Task));
        ticket.or(task).or(self.account.map(Work::Account)).unwrap_or(Work::Other)
    }
}

/// The minutes of a period by person and by what they were spent on.
pub async fn timesheets(
    client: &Client,
    period: Range<Timestamp>,
) -> Result<BTreeMap<(Option<String>, Work), i64>, Error> {
    let done = action_step::STATUS.one_of([ActionStepStatus::Completed, ActionStepStatus::Booked]);
    let query = ActionStep::query().filter(action_step::DATE.between(period) & done).select::<Step>();
    let mut steps = client.api().list_action_steps(query).stream();
    let mut sheets = BTreeMap::new();
    while let Some(step) = steps.next().await {
        let step = step?;
        let work = step.work();
        *sheets.entry((step.who, work)).or_default() += step.minutes;
    }
    Ok(sheets)
}
