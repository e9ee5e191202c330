//! Counters and the latency from a frame's last byte to the publication, without locks.
//!
//! Latencies fall into buckets a quarter of an octave wide from 1 us; percentiles are upper bounds of their bucket (19 % wide).

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde_json::{Value, json};

use crate::LutBoxError;

const BUCKETS: usize = 96;

/// Metrics of one service.
#[derive(Debug)]
pub struct Metrics {
    updates: AtomicU64,
    rejects: AtomicU64,
    slow: AtomicU64,
    refused_connections: AtomicU64,
    buckets: [AtomicU64; BUCKETS],
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            updates: AtomicU64::new(0),
            rejects: AtomicU64::new(0),
            slow: AtomicU64::new(0),
            refused_connections: AtomicU64::new(0),
            buckets: [const { AtomicU64::new(0) }; BUCKETS],
        }
    }
}

impl Metrics {
    pub(crate) fn latency(&self, d: Duration) {
        self.updates.fetch_add(1, Relaxed);
        let us = (d.as_secs_f64() * 1e6).max(1.0);
        let i = (us.log2() * 4.0).ceil() as usize;
        self.buckets[i.min(BUCKETS - 1)].fetch_add(1, Relaxed);
    }

    pub(crate) fn rejected(&self, _cause: &LutBoxError) {
        self.rejects.fetch_add(1, Relaxed);
    }

    pub(crate) fn slow(&self) {
        self.slow.fetch_add(1, Relaxed);
    }

    pub(crate) fn refused_connection(&self) {
        self.refused_connections.fetch_add(1, Relaxed);
    }

    /// Accepted messages.
    pub fn updates(&self) -> u64 {
        self.updates.load(Relaxed)
    }

    /// Refused messages.
    pub fn rejects(&self) -> u64 {
        self.rejects.load(Relaxed)
    }

    /// The latency in microseconds that a share `q` of the updates kept.
    pub fn percentile_us(&self, q: f64) -> Option<f64> {
        let counts: Vec<u64> = self.buckets.iter().map(|b| b.load(Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        let rank = (total as f64 * q).ceil().max(1.0) as u64;
        let mut sum = 0;
        for (i, c) in counts.iter().enumerate() {
            sum += c;
            if sum >= rank {
                return Some(2f64.powf(i as f64 / 4.0));
            }
        }
        None
    }

    /// All of it.
    pub fn to_json(&self) -> Value {
        json!({
            "updates": self.updates(), "rejects": self.rejects(), "slow_closed": self.slow.load(Relaxed),
            "refused_connections": self.refused_connections.load(Relaxed),
            "latency_us": {"p50": self.percentile_us(0.5), "p99": self.percentile_us(0.99)},
        })
    }
}
