//! Scan scripts of progressive files, and the rules that a custom one must keep.
//!
//! The levels are those of jpegli (`encode.cc:113-158`); the rules are T.81 G.1.1.1: DC scans carry only coefficient 0 and
//! any number of components, AC scans one component, a band is sent first at some `Al` and refined one bit at a time, DC
//! comes first, and in the end every coefficient of every component has arrived in full (ours, not T.81's).

use crate::JpegError;

/// One scan.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scan {
    /// Indices of components in the order of the frame.
    pub components: Vec<u8>,
    /// First coefficient in zig-zag order.
    pub ss: u8,
    /// Last coefficient.
    pub se: u8,
    /// Bit position already sent, 0 in a first scan.
    pub ah: u8,
    /// Bit position sent by this scan.
    pub al: u8,
}

impl Scan {
    fn ac(component: usize, ss: u8, se: u8, ah: u8, al: u8) -> Self {
        Self {
            components: vec![component as u8],
            ss,
            se,
            ah,
            al,
        }
    }
}

/// Order in which a progressive file sends its coefficients.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Script {
    /// DC; AC without its last bit; that bit.
    Level1,
    /// DC; AC 1-2; AC 3-63 without the last two bits; one bit; the other. What cjpegli does.
    #[default]
    Level2,
    /// DC; AC 1-5 and 6-63 in full: no refinement, quickest to code.
    Spectral,
    /// The caller's, checked against the rules of T.81.
    Custom(Vec<Scan>),
}

/// The scans of a script. DC is interleaved only where no component is subsampled, as in jpegli.
pub(super) fn expand(script: &Script, components: usize, subsampled: bool) -> Vec<Scan> {
    let bands: &[(u8, u8, u8, u8)] = match script {
        Script::Level1 => &[(1, 63, 0, 1), (1, 63, 1, 0)],
        Script::Level2 => &[(1, 2, 0, 0), (3, 63, 0, 2), (3, 63, 2, 1), (3, 63, 1, 0)],
        Script::Spectral => &[(1, 5, 0, 0), (6, 63, 0, 0)],
        Script::Custom(scans) => return scans.clone(),
    };
    let mut scans = dc(components, subsampled);
    for &(ss, se, ah, al) in bands {
        scans.extend((0..components).map(|c| Scan::ac(c, ss, se, ah, al)));
    }
    scans
}

/// The DC scans in full precision.
pub(super) fn dc(components: usize, subsampled: bool) -> Vec<Scan> {
    let all: Vec<u8> = (0..components as u8).collect();
    let groups: Vec<Vec<u8>> = if subsampled {
        all.iter().map(|&c| vec![c]).collect()
    } else {
        vec![all]
    };
    groups
        .into_iter()
        .map(|components| Scan {
            components,
            ss: 0,
            se: 0,
            ah: 0,
            al: 0,
        })
        .collect()
}

/// The AC scans of one component for a way to cut its bands, for the script search.
pub(super) fn ac(component: usize, bands: &[(u8, u8, u8, u8)]) -> Vec<Scan> {
    bands
        .iter()
        .map(|&(ss, se, ah, al)| Scan::ac(component, ss, se, ah, al))
        .collect()
}

/// Checks a script against T.81 G.1.1.1 and completeness.
pub(super) fn validate(scans: &[Scan], components: usize) -> Result<(), JpegError> {
    let wrong = |reason| {
        Err(JpegError::Parameter {
            parameter: "script",
            reason,
        })
    };
    // Bit position that each coefficient has reached, 255 before its first scan.
    let mut reached = vec![[255u8; 64]; components];
    if scans.len() > 1000 {
        return wrong("more than 1000 scans");
    }
    for scan in scans {
        if scan.components.is_empty() || scan.components.len() > 4 {
            return wrong("a scan has one to four components");
        }
        if scan.components.windows(2).any(|w| w[0] >= w[1]) {
            return wrong("components of a scan must rise");
        }
        if scan
            .components
            .iter()
            .any(|&c| usize::from(c) >= components)
        {
            return wrong("no such component");
        }
        if scan.ss > scan.se || scan.se > 63 {
            return wrong("a band lies within 0 and 63");
        }
        if scan.ss == 0 && scan.se != 0 {
            return wrong("DC and AC cannot share a progressive scan");
        }
        if scan.ss > 0 && scan.components.len() != 1 {
            return wrong("an AC scan has one component");
        }
        if scan.al > 13 || (scan.ah != 0 && scan.al + 1 != scan.ah) {
            return wrong("a refinement sends one bit, and bits end at 13");
        }
        for &c in &scan.components {
            let reached = &mut reached[usize::from(c)];
            if scan.ss > 0 && reached[0] == 255 {
                return wrong("DC must come before AC");
            }
            for bit in &mut reached[usize::from(scan.ss)..=usize::from(scan.se)] {
                let first = *bit == 255;
                if first != (scan.ah == 0) || (!first && *bit != scan.ah) {
                    return wrong("a band is sent once and then refined in order");
                }
                *bit = scan.al;
            }
        }
    }
    if reached.iter().flatten().any(|&bit| bit != 0) {
        return wrong("some coefficients are never sent in full");
    }
    Ok(())
}
