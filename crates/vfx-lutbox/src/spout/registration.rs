//! A sender among the senders of the machine: its name in the list, its information block, its access mutex and its frame count.
//!
//! Made: list, block, access mutex, frame count. Left: list, active sender, then the objects close. What a crash leaves in the list
//! is cleaned by the next sender: a name whose block cannot be opened. A name that is taken gets `_1`, `_2` and so on.

use super::info::{INFO_BYTES, SenderInfo};
use super::kernel::{FrameCount, Lock, Map, Mutex, max_senders};
use super::names::{self, ACTIVE_SENDER, SENDER_NAMES, SLOT, SenderNames};
use crate::LutBoxError;

/// A registered sender; leaves when dropped.
#[derive(Debug)]
pub struct Registration {
    name: String,
    limit: usize,
    list: Map,
    active: Map,
    info: Map,
    access: Mutex,
    frames: FrameCount,
}

fn lives(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|n| Map::open(n).is_some())
}

impl Registration {
    /// Enters the list as `wanted`, or with a number behind it, and becomes the active sender.
    ///
    /// # Errors
    ///
    /// If the name cannot be one, the list is full or held by another program, or an object cannot be made.
    pub fn new(wanted: &str, info: &SenderInfo) -> Result<Self, LutBoxError> {
        names::check(wanted)?;
        let limit = max_senders();
        let list = Map::create(SENDER_NAMES, limit * SLOT)?;
        let (name, block) = list.update(limit * SLOT, |view| {
            let mut senders = SenderNames::parse(view);
            senders.clean(lives);
            for name in names::candidates(wanted).filter(|n| !senders.contains(n)) {
                let room = limit.min(view.len() / SLOT);
                let mut with = senders.clone();
                with.insert(&name, room)?;
                // The block before the name, under the lock of the list: others take a name without a block for a crash.
                let block = Map::create(&name, INFO_BYTES)?;
                if block.new {
                    with.write(view);
                    return Ok((name, block));
                }
            }
            Err(LutBoxError::message(
                "sender name",
                wanted,
                "a name that is free",
            ))
        })?;
        let active = Map::create(ACTIVE_SENDER, SLOT)?;
        let out = Self {
            access: Mutex::create(&format!("{name}_SpoutAccessMutex"))?,
            frames: FrameCount::create(&format!("{name}_Count_Semaphore"))?,
            name,
            limit,
            list,
            active,
            info: block,
        };
        out.describe(info)?;
        out.active.update(SLOT, |slot| {
            slot.copy_from_slice(&names::slot_of(out.name.as_bytes())[..slot.len()]);
            Ok(())
        })?;
        Ok(out)
    }

    /// The name it got.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells receivers of another texture.
    ///
    /// # Errors
    ///
    /// If the block is held by another program.
    pub fn describe(&self, info: &SenderInfo) -> Result<(), LutBoxError> {
        self.info.update(INFO_BYTES, |block| {
            block.copy_from_slice(&info.to_bytes());
            Ok(())
        })
    }

    /// Lets `draw` change the texture while no receiver reads it, and counts a frame.
    ///
    /// # Errors
    ///
    /// If a receiver holds the texture for longer than 67 ms, or `draw` fails; then nothing is counted.
    pub fn frame(&self, draw: impl FnOnce() -> Result<(), LutBoxError>) -> Result<(), LutBoxError> {
        let access: Lock<'_> = self.access.lock()?;
        draw()?;
        self.frames.add()?;
        drop(access);
        Ok(())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let left = self.list.update(self.limit * SLOT, |view| {
            let mut senders = SenderNames::parse(view);
            senders.remove(&self.name);
            senders.clean(lives);
            senders.write(view);
            Ok(senders)
        });
        // A list that nobody gives back in 67 ms keeps the name; the next sender cleans it, for the block is gone.
        let Ok(left) = left else { return };
        let _ = self.active.update(SLOT, |slot| {
            let next = left.active_after(&self.name, names::name_in(slot));
            let next = names::slot_of(next);
            slot.copy_from_slice(&next[..slot.len()]);
            Ok(())
        });
    }
}

/// What a receiver sees of the senders of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// All names, in the order of the list.
    pub names: Vec<String>,
    /// The active sender.
    pub active: String,
    /// What the sender that was asked for says, and its frame count.
    pub sender: Option<(SenderInfo, u32)>,
}

impl Seen {
    /// Looks, and at `name` in particular.
    ///
    /// # Errors
    ///
    /// If an object is held by another program.
    pub fn look(name: &str) -> Result<Self, LutBoxError> {
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        let mut out = Self::default();
        if let Some(list) = Map::open(SENDER_NAMES) {
            let senders = SenderNames::parse(&list.read(usize::MAX)?);
            out.names = senders.iter().map(text).collect();
        }
        if let Some(active) = Map::open(ACTIVE_SENDER) {
            out.active = text(names::name_in(&active.read(SLOT)?));
        }
        if let Some(block) = Map::open(name) {
            let info = SenderInfo::from_bytes(&block.read(INFO_BYTES)?);
            let count = FrameCount::create(&format!("{name}_Count_Semaphore"))?.get();
            out.sender = info.zip(count);
        }
        Ok(out)
    }

    /// Holds the texture of `name` as a receiver does, while `read` runs.
    ///
    /// # Errors
    ///
    /// If it is held by another program.
    pub fn with_texture<R>(name: &str, read: impl FnOnce() -> R) -> Result<R, LutBoxError> {
        let access = Mutex::create(&format!("{name}_SpoutAccessMutex"))?;
        let lock = access.lock()?;
        let result = read();
        drop(lock);
        Ok(result)
    }
}
