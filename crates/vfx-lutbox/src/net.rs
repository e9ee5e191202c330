//! Who may connect: address ranges, a count of connections in all and for each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::LutBoxError;

/// A range of addresses, `10.0.0.0/8` or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: IpAddr,
    bits: u32,
}

impl std::str::FromStr for Cidr {
    type Err = LutBoxError;

    fn from_str(text: &str) -> Result<Self, LutBoxError> {
        let wrong = || LutBoxError::message("address range", text, "ADDRESS or ADDRESS/BITS");
        let (address, bits) = match text.split_once('/') {
            Some((a, b)) => (a, Some(b.parse::<u32>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let base: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { base, bits })
    }
}

impl Cidr {
    /// Whether `address` is inside; IPv4 in IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let keep = u32::MAX.checked_shl(32 - self.bits).unwrap_or(0);
                a.to_bits() & keep == b.to_bits() & keep
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let keep = u128::MAX.checked_shl(128 - self.bits).unwrap_or(0);
                a.to_bits() & keep == b.to_bits() & keep
            }
            _ => false,
        }
    }
}

/// Counts connections.
#[derive(Debug)]
pub(crate) struct Gate {
    allow: Vec<Cidr>,
    total: usize,
    each: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A connection that counts until dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    gate: Arc<Gate>,
    address: IpAddr,
}

impl Gate {
    /// Loopback is always allowed; others if a range of `allow` has them, or if `allow` is empty.
    pub fn new(allow: Vec<Cidr>, total: usize, each: usize) -> Arc<Self> {
        Arc::new(Self {
            allow,
            total,
            each,
            open: Mutex::default(),
        })
    }

    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Pass> {
        let address = address.to_canonical();
        let listed = self.allow.is_empty() || self.allow.iter().any(|c| c.contains(address));
        if !(listed || address.is_loopback()) {
            return None;
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= self.total {
            return None;
        }
        let count = open.entry(address).or_insert(0);
        if *count >= self.each {
            return None;
        }
        *count += 1;
        Some(Pass {
            gate: self.clone(),
            address,
        })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut open = self
            .gate
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}
