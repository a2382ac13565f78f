//! The one task that writes: it owns the writing connection, takes commands from a bounded channel and
//! joins what waits into one transaction, so that one fsync serves them all. It never waits for company: what comes
//! while a transaction runs is the next one.
//!
//! Each command of a joined transaction runs in a savepoint: a command that fails is undone alone. Only
//! what SQLite may answer by rolling back the whole transaction (full disk, failing disk) fails them all.
//! Nobody is answered before the commit.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteConnectOptions;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tracing::error;

use crate::access::Access;
use crate::checkpoint::{self, Written};
use crate::error::StoreError;

/// Commands that may wait; further callers wait for room.
const WAITING_MAX: usize = 1024;
/// Commands joined into one transaction.
const JOINED_MAX: usize = 64;

/// A boxed future, so that commands of different kinds fit one queue.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Boxes a future where it is made. Inside a boxed command the compiler cannot prove by itself that a
/// future which borrows from another one is `Send`.
pub(crate) fn boxed<'a, T>(future: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(future)
}

/// Sends commands to the writing task.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    commands: mpsc::Sender<Message>,
}

enum Message {
    Run(Box<dyn Command>),
    /// Copy all of the write-ahead log now; nothing is written meanwhile.
    Checkpoint(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// One unit of work inside a transaction.
trait Command: Send {
    /// Runs it and keeps the answer; tells whether it may stay, and why not.
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, Result<(), StoreError>>;
    /// Answers the caller, once the transaction is over.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Task<F, T, A> {
    work: Option<F>,
    after: A,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<F, T, A> Command for Task<F, T, A>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
    T: Send,
    A: FnOnce(&T) + Send,
{
    fn run<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return Ok(()) };
            match work(connection).await {
                Ok(value) => {
                    self.result = Some(Ok(value));
                    Ok(())
                }
                Err(problem) => {
                    self.result = Some(Err(problem.clone()));
                    Err(problem)
                }
            }
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            // Its own refusal says more than what became of the others.
            (_, Some(Err(problem))) | (Err(problem), _) => Err(problem),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Ok(()), None) => Err(StoreError::Closed),
        };
        if let Ok(value) = &result {
            (self.after)(value);
        }
        // A caller that went away needs no answer; its work is done all the same.
        self.reply.send(result).ok();
    }
}

impl Writer {
    /// Starts the task on a connection that nobody else uses, and the one beside it that copies its log.
    pub(crate) fn start(
        connection: SqliteConnection,
        for_checkpoints: SqliteConnectOptions,
        access: Arc<Access>,
    ) -> Self {
        let (commands, waiting) = mpsc::channel(WAITING_MAX);
        let writer = Self { commands };
        let written = Arc::new(Written::default());
        let copies = checkpoint::run(for_checkpoints, Arc::clone(&written), writer.downgrade());
        tokio::spawn(run(connection, waiting, written, tokio::spawn(copies), access));
        writer
    }

    /// A handle that does not keep the task alive.
    pub(crate) fn downgrade(&self) -> WeakWriter {
        WeakWriter(self.commands.downgrade())
    }

    /// Runs `work` in a transaction and waits until that is committed. Dropping the future does not undo it.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
    {
        self.write_then(work, |_| ()).await
    }

    /// As [`Writer::write`], and calls `after` with the result once it is committed, before anybody hears of it,
    /// also when the future is dropped.
    pub(crate) async fn write_then<T, F, A>(&self, work: F, after: A) -> Result<T, StoreError>
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
        T: Send + 'static,
        A: FnOnce(&T) + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let task = Task { work: Some(work), after, result: None, reply };
        self.commands.send(Message::Run(Box::new(task))).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Leaves `work` to be done some time; `false` when the queue is full or closed and it was not taken.
    pub(crate) fn write_later<F>(&self, work: F) -> bool
    where
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<(), StoreError>> + Send + 'static,
    {
        let (reply, _) = oneshot::channel();
        let task = Task { work: Some(work), after: |(): &()| (), result: None, reply };
        self.commands.try_send(Message::Run(Box::new(task))).is_ok()
    }

    /// Ends the task after what waits is written.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Message::Close(done)).await.is_ok() {
            // An error means that the task has ended already.
            closed.await.ok();
        }
    }
}

/// A [`Writer`] that ends with the others.
pub(crate) struct WeakWriter(mpsc::WeakSender<Message>);

impl WeakWriter {
    /// Has the writing task copy all of the log between two transactions; returns when that is done, or the task
    /// has ended.
    pub(crate) async fn checkpoint(&self) {
        let Some(commands) = self.0.upgrade() else { return };
        let (done, copied) = oneshot::channel();
        if commands.send(Message::Checkpoint(done)).await.is_ok() {
            copied.await.ok();
        }
    }
}

async fn run(
    mut connection: SqliteConnection,
    mut waiting: mpsc::Receiver<Message>,
    written: Arc<Written>,
    copies: JoinHandle<()>,
    access: Arc<Access>,
) {
    let mut messages = Vec::with_capacity(JOINED_MAX);
    let mut close = None;
    while close.is_none() && waiting.recv_many(&mut messages, JOINED_MAX).await > 0 {
        let mut commands = Vec::with_capacity(messages.len());
        let mut checkpoint = None;
        for message in messages.drain(..) {
            match message {
                Message::Run(command) => commands.push(command),
                Message::Checkpoint(done) => checkpoint = Some(done),
                Message::Close(done) => {
                    waiting.close();
                    close = Some(done);
                }
            }
        }
        if !commands.is_empty() {
            transact(&mut connection, commands, &access).await;
            written.one_more();
        }
        if let Some(done) = checkpoint {
            checkpoint::copy(&mut connection).await;
            // Whoever asked may have stopped waiting.
            done.send(()).ok();
        }
    }
    while let Some(message) = waiting.recv().await {
        if let Message::Run(command) = message {
            command.answer(Err(StoreError::Closed));
        }
    }
    written.no_more();
    // Its connection goes first, so that the last one copies what is left and removes the log.
    copies.await.ok();
    if let Err(problem) = sqlx::Connection::close(connection).await {
        error!(error = %problem, "the writing connection did not close cleanly");
    }
    if let Some(done) = close {
        // Whoever asked may have stopped waiting.
        done.send(()).ok();
    }
}

/// Runs commands in one transaction and answers them.
async fn transact(connection: &mut SqliteConnection, mut commands: Vec<Box<dyn Command>>, access: &Access) {
    let committed = match run_all(connection, &mut commands).await {
        Ok(()) => Ok(()),
        Err(problem) => {
            // SQLite may have rolled back by itself; then this fails and nothing is left to undo.
            execute(connection, "ROLLBACK").await.ok();
            Err(problem)
        }
    };
    access.end_transaction();
    for command in commands {
        command.answer(committed.clone());
    }
}

async fn run_all(
    connection: &mut SqliteConnection,
    commands: &mut [Box<dyn Command>],
) -> Result<(), StoreError> {
    execute(connection, "BEGIN IMMEDIATE").await?;
    if let [command] = commands {
        command.run(connection).await?;
    } else {
        for command in commands {
            execute(connection, "SAVEPOINT command").await?;
            match command.run(connection).await {
                Ok(()) => {}
                Err(problem) if problem.ends_transaction() => return Err(problem),
                Err(_) => execute(connection, "ROLLBACK TO command").await?,
            }
            execute(connection, "RELEASE command").await?;
        }
    }
    execute(connection, "COMMIT").await
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), StoreError> {
    sqlx::query(sql).execute(connection).await?;
    Ok(())
}
