//! Where a part's pixels lie: levels, tiles, chunks and the rows inside a chunk.
//!
//! Chunks are numbered as the offset table orders them: scan line blocks by increasing y whatever the line order; tiles by level (ripmaps: y level,
//! then x level), then row, then column. Edge tiles are stored cropped.
//! Source: OpenEXR file layout, "Offset tables"; `calc_level_size` and `chunk.c` of OpenEXRCore.

use std::ops::Range;

use crate::error::Error;
use crate::header::{Channel, Header, LevelMode, LevelRounding, Tiles};
use crate::limits::{Limits, within};
use crate::window::Box2i;

/// One resolution level of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Level number in x and y; equal for mipmaps.
    pub index: (u32, u32),
    /// Pixels in x.
    pub width: u32,
    /// Pixels in y.
    pub height: u32,
    /// The level's window: it begins at the data window's minimum.
    pub window: Box2i,
}

/// The pixels of one chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkRegion {
    /// Level that the chunk belongs to.
    pub level: (u32, u32),
    /// Pixels, inside the level's window.
    pub region: Box2i,
    /// Tile column and row; `None` for scan lines.
    pub tile: Option<(u32, u32)>,
}

struct LevelTiles {
    level: Level,
    columns: u32,
    rows: u32,
    first: usize,
}

enum Grid {
    Lines {
        level: Level,
        lines: u32,
        count: usize,
    },
    Tiles {
        size: (u32, u32),
        levels: Vec<LevelTiles>,
        count: usize,
    },
}

/// The chunks of a part.
pub(crate) struct Layout {
    grid: Grid,
}

fn level_size(size: u32, level: u32, rounding: LevelRounding) -> u32 {
    let up = match rounding {
        LevelRounding::Down => 0,
        LevelRounding::Up => (1u64 << level) - 1,
    };
    (((u64::from(size) + up) >> level) as u32).max(1)
}

fn level_count(size: u32, rounding: LevelRounding) -> u32 {
    match rounding {
        LevelRounding::Down => size.ilog2() + 1,
        LevelRounding::Up => size.next_power_of_two().ilog2() + 1,
    }
}

/// `min + offset` where the sum is known to be inside a checked window.
fn shifted(min: i32, offset: u64) -> i32 {
    (i64::from(min) + offset as i64) as i32
}

fn window_of(min: (i32, i32), width: u32, height: u32) -> Box2i {
    Box2i::new(
        min,
        (
            shifted(min.0, u64::from(width) - 1),
            shifted(min.1, u64::from(height) - 1),
        ),
    )
}

impl Layout {
    /// Checks the sizes of a checked header and lays out its chunks.
    pub fn new(h: &Header, limits: &Limits) -> Result<Self, Error> {
        let (width, height) = (h.data_window.width(), h.data_window.height());
        let side = u64::from(limits.max_dimension.min(i32::MAX as u32));
        within("data window width", width, side)?;
        within("data window height", height, side)?;
        within("pixels", width.saturating_mul(height), limits.max_pixels)?;
        let (width, height) = (width as u32, height as u32);
        let min = h.data_window.min;
        let full = Level {
            index: (0, 0),
            width,
            height,
            window: h.data_window,
        };
        let grid = match h.tiles {
            Some(t) if h.is_tiled() => Self::tiles(t, full, min, limits)?,
            _ => {
                let lines = h.compression.lines_per_chunk();
                let count = height.div_ceil(lines) as usize;
                Grid::Lines {
                    level: full,
                    lines,
                    count,
                }
            }
        };
        let layout = Self { grid };
        within("chunks", layout.chunk_count() as u64, limits.max_chunks)?;
        Ok(layout)
    }

    fn tiles(t: Tiles, full: Level, min: (i32, i32), limits: &Limits) -> Result<Grid, Error> {
        let (width, height) = (full.width, full.height);
        let indices: Vec<(u32, u32)> = match t.mode {
            LevelMode::OneLevel => vec![(0, 0)],
            LevelMode::Mipmap => (0..level_count(width.max(height), t.rounding))
                .map(|l| (l, l))
                .collect(),
            LevelMode::Ripmap => {
                let nx = level_count(width, t.rounding);
                (0..level_count(height, t.rounding))
                    .flat_map(|ly| (0..nx).map(move |lx| (lx, ly)))
                    .collect()
            }
        };
        let mut count = 0u64;
        let mut levels = Vec::with_capacity(indices.len());
        for index in indices {
            let (w, h) = (
                level_size(width, index.0, t.rounding),
                level_size(height, index.1, t.rounding),
            );
            let (columns, rows) = (w.div_ceil(t.width), h.div_ceil(t.height));
            // A level of a window at the far end of i32 still fits: levels are never larger than level 0.
            let level = Level {
                index,
                width: w,
                height: h,
                window: window_of(min, w, h),
            };
            levels.push(LevelTiles {
                level,
                columns,
                rows,
                first: count as usize,
            });
            count += u64::from(columns) * u64::from(rows);
            within("chunks", count, limits.max_chunks)?;
        }
        Ok(Grid::Tiles {
            size: (t.width, t.height),
            levels,
            count: count as usize,
        })
    }

    pub fn chunk_count(&self) -> usize {
        match &self.grid {
            Grid::Lines { count, .. } | Grid::Tiles { count, .. } => *count,
        }
    }

    pub fn is_tiled(&self) -> bool {
        matches!(self.grid, Grid::Tiles { .. })
    }

    pub fn levels(&self) -> Vec<Level> {
        match &self.grid {
            Grid::Lines { level, .. } => vec![*level],
            Grid::Tiles { levels, .. } => levels.iter().map(|l| l.level).collect(),
        }
    }

    pub fn level(&self, index: (u32, u32)) -> Option<Level> {
        match &self.grid {
            Grid::Lines { level, .. } => (index == (0, 0)).then_some(*level),
            Grid::Tiles { levels, .. } => levels.iter().map(|l| l.level).find(|l| l.index == index),
        }
    }

    /// The pixels of a chunk; `None` beyond the last.
    pub fn chunk(&self, index: usize) -> Option<ChunkRegion> {
        match &self.grid {
            Grid::Lines {
                level,
                lines,
                count,
            } => {
                if index >= *count {
                    return None;
                }
                let window = level.window;
                let top = shifted(window.min.1, index as u64 * u64::from(*lines));
                let bottom = i64::from(top) + i64::from(*lines) - 1;
                let bottom = bottom.min(i64::from(window.max.1)) as i32;
                let region = Box2i::new((window.min.0, top), (window.max.0, bottom));
                Some(ChunkRegion {
                    level: (0, 0),
                    region,
                    tile: None,
                })
            }
            Grid::Tiles {
                size,
                levels,
                count,
            } => {
                if index >= *count {
                    return None;
                }
                let at = levels.partition_point(|l| l.first <= index) - 1;
                let l = &levels[at];
                let inside = (index - l.first) as u32;
                Some(Self::tile(l, *size, inside % l.columns, inside / l.columns))
            }
        }
    }

    fn tile(l: &LevelTiles, size: (u32, u32), column: u32, row: u32) -> ChunkRegion {
        let window = l.level.window;
        let left = shifted(window.min.0, u64::from(column) * u64::from(size.0));
        let top = shifted(window.min.1, u64::from(row) * u64::from(size.1));
        let right = (i64::from(left) + i64::from(size.0) - 1).min(i64::from(window.max.0)) as i32;
        let bottom = (i64::from(top) + i64::from(size.1) - 1).min(i64::from(window.max.1)) as i32;
        let region = Box2i::new((left, top), (right, bottom));
        ChunkRegion {
            level: l.level.index,
            region,
            tile: Some((column, row)),
        }
    }

    /// Chunk number of the scan line block that begins at `y`.
    pub fn chunk_of_line(&self, y: i32) -> Option<usize> {
        let Grid::Lines {
            level,
            lines,
            count,
        } = &self.grid
        else {
            return None;
        };
        let from_top = u64::try_from(i64::from(y) - i64::from(level.window.min.1)).ok()?;
        let index = (from_top / u64::from(*lines)) as usize;
        (index < *count && from_top % u64::from(*lines) == 0).then_some(index)
    }

    /// Chunk number of a tile.
    pub fn chunk_of_tile(&self, tile: (i32, i32), level: (i32, i32)) -> Option<usize> {
        let Grid::Tiles { levels, .. } = &self.grid else {
            return None;
        };
        let index = (u32::try_from(level.0).ok()?, u32::try_from(level.1).ok()?);
        let (x, y) = (u32::try_from(tile.0).ok()?, u32::try_from(tile.1).ok()?);
        let l = levels.iter().find(|l| l.level.index == index)?;
        (x < l.columns && y < l.rows)
            .then(|| l.first + y as usize * l.columns as usize + x as usize)
    }

    /// Calls `each` with runs of the chunk numbers that touch `region` (inside the level), in increasing order.
    pub fn chunks_in(
        &self,
        level: (u32, u32),
        region: &Box2i,
        mut each: impl FnMut(Range<usize>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let past = |v: i32, min: i32| (i64::from(v) - i64::from(min)).unsigned_abs();
        match &self.grid {
            Grid::Lines { level, lines, .. } => {
                let first = past(region.min.1, level.window.min.1) / u64::from(*lines);
                let last = past(region.max.1, level.window.min.1) / u64::from(*lines);
                each(first as usize..last as usize + 1)
            }
            Grid::Tiles { size, levels, .. } => {
                let Some(l) = levels.iter().find(|l| l.level.index == level) else {
                    return Ok(());
                };
                let min = l.level.window.min;
                let left = (past(region.min.0, min.0) / u64::from(size.0)) as usize;
                let right = (past(region.max.0, min.0) / u64::from(size.0)) as usize;
                for row in past(region.min.1, min.1) / u64::from(size.1)
                    ..=past(region.max.1, min.1) / u64::from(size.1)
                {
                    let start = l.first + row as usize * l.columns as usize;
                    each(start + left..start + right + 1)?;
                }
                Ok(())
            }
        }
    }

    /// Chunk numbers in the order the file should hold them: reversed rows for decreasing y.
    pub fn file_order(&self, decreasing: bool) -> Box<dyn Iterator<Item = usize> + Send + '_> {
        match &self.grid {
            _ if !decreasing => Box::new(0..self.chunk_count()),
            Grid::Lines { count, .. } => Box::new((0..*count).rev()),
            Grid::Tiles { levels, .. } => Box::new(levels.iter().flat_map(|l| {
                let columns = l.columns as usize;
                (0..l.rows as usize)
                    .rev()
                    .flat_map(move |row| (0..columns).map(move |c| l.first + row * columns + c))
            })),
        }
    }
}

/// Unpacked bytes of a chunk; `None` on overflow.
pub(crate) fn unpacked_bytes(channels: &[Channel], region: &Box2i) -> Option<u64> {
    channels.iter().try_fold(0u64, |sum, c| {
        let grid = region.sampled(c.sampling);
        let n = grid
            .width
            .checked_mul(grid.height)?
            .checked_mul(c.sample_type.size() as u64)?;
        sum.checked_add(n)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::Compression;

    fn ripmap(rounding: LevelRounding) -> Layout {
        let window = Box2i::new((-5, i32::MAX - 4), (9, i32::MAX));
        let mut h = Header::new(window, vec![], Compression::None);
        h.tiles = Some(Tiles {
            width: 4,
            height: 3,
            mode: LevelMode::Ripmap,
            rounding,
        });
        Layout::new(&h, &Limits::default()).unwrap()
    }

    #[test]
    fn layout_of_ripmap_levels() {
        let sizes = |l: &Layout| {
            l.levels()
                .iter()
                .map(|l| (l.width, l.height))
                .collect::<Vec<_>>()
        };
        let down = ripmap(LevelRounding::Down);
        assert_eq!(sizes(&down)[..4], [(15, 5), (7, 5), (3, 5), (1, 5)]);
        assert_eq!(down.levels().len(), 4 * 3);
        let up = ripmap(LevelRounding::Up);
        assert_eq!(sizes(&up)[..5], [(15, 5), (8, 5), (4, 5), (2, 5), (1, 5)]);
        assert_eq!(up.levels().len(), 5 * 4);
    }

    #[test]
    fn layout_chunks_cover_each_level_once() {
        for layout in [ripmap(LevelRounding::Down), ripmap(LevelRounding::Up)] {
            let mut seen = 0;
            for level in layout.levels() {
                let mut pixels = 0;
                layout
                    .chunks_in(level.index, &level.window, |run| {
                        for i in run {
                            let c = layout.chunk(i).unwrap();
                            assert_eq!((c.level, i), (level.index, seen));
                            let (x, y) = c.tile.unwrap();
                            let back = layout.chunk_of_tile(
                                (x as i32, y as i32),
                                (c.level.0 as i32, c.level.1 as i32),
                            );
                            assert_eq!(back, Some(i));
                            pixels += c.region.width() * c.region.height();
                            seen += 1;
                        }
                        Ok(())
                    })
                    .unwrap();
                assert_eq!(pixels, u64::from(level.width) * u64::from(level.height));
            }
            assert_eq!(seen, layout.chunk_count());
            let mut order: Vec<usize> = layout.file_order(true).collect();
            order.sort_unstable();
            assert!(order.into_iter().eq(0..seen));
        }
    }
}
