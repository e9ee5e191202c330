//! The way from many workers to one file: encoded chunks are committed in order by whoever holds the next ones.
//!
//! Nobody waits for the disk but the worker that writes; the others leave their chunks and go on, until they are too far ahead.
//! The worker that holds the lowest unwritten block never waits, so the queue cannot lock up.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};
use vfx_core::{Cancel, EncodedChunk, ImageSink, IoError};

pub(crate) struct Committer<'a> {
    state: Mutex<State<'a>>,
    moved: Condvar,
    cancel: &'a Cancel,
    image: usize,
    ahead: usize,
}

struct State<'a> {
    /// Absent while a worker writes.
    sink: Option<&'a mut dyn ImageSink>,
    next: usize,
    /// By the row of chunks that comes first: how many rows, and their chunks.
    waiting: BTreeMap<usize, (usize, Vec<EncodedChunk>)>,
    error: Option<IoError>,
}

impl<'a> Committer<'a> {
    /// `ahead`: how many rows of chunks beyond the next one may wait.
    pub fn new(
        sink: &'a mut dyn ImageSink,
        image: usize,
        ahead: usize,
        cancel: &'a Cancel,
    ) -> Self {
        let state = State {
            sink: Some(sink),
            next: 0,
            waiting: BTreeMap::new(),
            error: None,
        };
        Self {
            state: Mutex::new(state),
            moved: Condvar::new(),
            cancel,
            image,
            ahead,
        }
    }
    /// Waits until row of chunks `row` is not too far ahead of the file.
    pub fn admit(&self, row: usize) {
        let mut s = self.state.lock().expect("commit lock");
        while row > s.next + self.ahead && s.error.is_none() && !self.cancel.is_cancelled() {
            s = self
                .moved
                .wait_timeout(s, std::time::Duration::from_millis(100))
                .expect("commit lock")
                .0;
        }
    }
    /// Hands over the chunks of some rows of chunks.
    pub fn push(&self, rows: std::ops::Range<usize>, chunks: Vec<EncodedChunk>) {
        if rows.is_empty() {
            return;
        }
        let mut s = self.state.lock().expect("commit lock");
        s.waiting.insert(rows.start, (rows.len(), chunks));
        loop {
            let next = s.next;
            if s.error.is_some() || s.sink.is_none() || !s.waiting.contains_key(&next) {
                return;
            }
            let ((rows, chunks), sink) = (
                s.waiting.remove(&next).expect("just seen"),
                s.sink.take().expect("just seen"),
            );
            drop(s);
            let mut result = Ok(());
            for c in chunks {
                result = sink.commit(self.image, c);
                if result.is_err() {
                    break;
                }
            }
            s = self.state.lock().expect("commit lock");
            s.sink = Some(sink);
            s.next += rows;
            if let Err(e) = result {
                s.error = Some(e);
            }
            self.moved.notify_all();
        }
    }
    /// The first error stops everybody.
    pub fn fail(&self, error: IoError) {
        let mut s = self.state.lock().expect("commit lock");
        let worse = !matches!(error, IoError::Cancelled);
        if s.error.is_none() || (worse && matches!(s.error, Some(IoError::Cancelled))) {
            s.error = Some(error);
        }
        self.moved.notify_all();
    }
    pub fn failed(&self) -> bool {
        self.state.lock().expect("commit lock").error.is_some()
    }
    /// The lowest row of chunks that is not in the file yet.
    pub fn next(&self) -> usize {
        self.state.lock().expect("commit lock").next
    }
    pub fn finish(self) -> Result<(), IoError> {
        let s = self.state.into_inner().expect("commit lock");
        s.error.map_or(Ok(()), Err)
    }
}
