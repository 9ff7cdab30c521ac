//! Effects that take time, performed in order beside the loop.

use crate::effect::Effect;
use crate::event::{CacheEvent, Event};
use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Effects and answers on their way between loop and desk. What exceeds it waits in the loop,
/// which asks for one list and one chat at a time, so little does.
const QUEUE_MAX: usize = 64;

/// How long leaving waits for the disk: a draft takes milliseconds, a broken disk for ever.
const FINISH: Duration = Duration::from_secs(3);

/// Performs the effects that are about disk and network: reading, submitting, drafts, read marks.
pub trait Desk: Send + 'static {
    /// Performs one effect to its end. Whatever it brought is told to the app: the rows that were
    /// asked for, [`CacheEvent::Submitted`], or [`CacheEvent::Failed`]. Every question that reads
    /// must be answered by one of these, for the app asks no other before.
    fn perform(&mut self, effect: Effect) -> impl Future<Output = Option<CacheEvent>> + Send;
}

/// The task that performs effects.
pub(super) struct Worker {
    backlog: VecDeque<Asked>,
    questions: mpsc::Sender<Asked>,
    answers: mpsc::Receiver<Answer>,
    /// Effects under way that change what an act's frame shows, and the acts among them.
    shown: usize,
    acts: usize,
    task: JoinHandle<()>,
}

/// What came of an effect.
struct Answer {
    to: Shows,
    news: Option<CacheEvent>,
}

/// What the task is asked.
enum Asked {
    Effect(Effect),
    /// To let go of something once what was asked before is done.
    LetGo(Box<dyn Send>),
}

/// Whether the frame after an act shows what an effect brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// It is what the frame is waited for.
    Act,
    Rows,
    Nothing,
}

impl Shows {
    const fn of(effect: &Effect) -> Self {
        match effect {
            Effect::Triage { .. } | Effect::Turn(_) => Self::Act,
            Effect::LoadList(_) | Effect::LoadChat(_) => Self::Rows,
            _ => Self::Nothing,
        }
    }
}

impl Worker {
    /// Starts the task.
    pub(super) fn start(mut desk: impl Desk) -> Self {
        let (questions, mut asked) = mpsc::channel(QUEUE_MAX);
        let (answer, answers) = mpsc::channel(QUEUE_MAX);
        let task = tokio::spawn(async move {
            while let Some(asked) = asked.recv().await {
                let effect = match asked {
                    Asked::Effect(effect) => effect,
                    Asked::LetGo(held) => {
                        drop(held);
                        continue;
                    }
                };
                let to = Shows::of(&effect);
                let news = desk.perform(effect).await;
                if news.is_some() || to != Shows::Nothing {
                    // Nobody listens any more while the app ends; the effects still matter.
                    answer.send(Answer { to, news }).await.ok();
                }
            }
        });
        Self {
            backlog: VecDeque::new(),
            questions,
            answers,
            shown: 0,
            acts: 0,
            task,
        }
    }

    /// Has an effect performed after those before it.
    pub(super) fn ask(&mut self, effect: Effect) {
        let shows = Shows::of(&effect);
        self.shown += usize::from(shows != Shows::Nothing);
        self.acts += usize::from(shows == Shows::Act);
        self.queue(Asked::Effect(effect));
    }

    /// Holds something until what was asked before is done.
    pub(super) fn let_go(&mut self, held: impl Send + 'static) {
        self.queue(Asked::LetGo(Box::new(held)));
    }

    fn queue(&mut self, asked: Asked) {
        self.backlog.push_back(asked);
        while let Ok(place) = self.questions.try_reserve() {
            let Some(asked) = self.backlog.pop_front() else {
                break;
            };
            place.send(asked);
        }
    }

    /// The next answer. A desk that is gone ends the app.
    pub(super) async fn next(&mut self) -> Event {
        loop {
            let answer = tokio::select! {
                answer = self.answers.recv() => answer,
                Ok(place) = self.questions.reserve(), if !self.backlog.is_empty() => {
                    if let Some(asked) = self.backlog.pop_front() {
                        place.send(asked);
                    }
                    continue;
                }
            };
            let Some(answer) = answer else {
                return Event::Terminate;
            };
            if let Some(news) = self.hear(answer) {
                return Event::Cache(news);
            }
        }
    }

    /// An answer that is there already.
    pub(super) fn ready(&mut self) -> Option<Event> {
        while let Ok(answer) = self.answers.try_recv() {
            if let Some(news) = self.hear(answer) {
                return Some(Event::Cache(news));
            }
        }
        None
    }

    /// Whether an act is under way.
    pub(super) const fn is_acting(&self) -> bool {
        self.acts > 0
    }

    /// Whether something is under way that the next frame would show.
    pub(super) const fn will_show_more(&self) -> bool {
        self.shown > 0
    }

    fn hear(&mut self, answer: Answer) -> Option<CacheEvent> {
        self.shown = self
            .shown
            .saturating_sub(usize::from(answer.to != Shows::Nothing));
        self.acts = self
            .acts
            .saturating_sub(usize::from(answer.to == Shows::Act));
        answer.news
    }

    /// Waits until everything that was asked is done, but not for ever.
    pub(super) async fn finish(self) {
        let Self {
            backlog,
            questions,
            mut answers,
            shown: _,
            acts: _,
            task,
        } = self;
        let rest = async move {
            for asked in backlog {
                if questions.send(asked).await.is_err() {
                    return;
                }
            }
        };
        let done = async move {
            let unheard = async { while answers.recv().await.is_some() {} };
            tokio::join!(rest, unheard);
            task.await.ok();
        };
        if tokio::time::timeout(FINISH, done).await.is_err() {
            tracing::error!("the disk did not finish in time; the last drafts may be lost");
        }
    }
}
