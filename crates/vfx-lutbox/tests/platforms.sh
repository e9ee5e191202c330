#!/usr/bin/env bash
# What can be tested of the LUT box for Windows and macOS on a machine that is neither: `cargo check` for both, and the Spout sender
# as a Windows program under wine. Says PASS, FAIL or SKIPPED with the reason; the exit status is not 0 after a FAIL.
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../.." && pwd)
cd "$root" || exit 2
# shellcheck source=xtask/prepare.sh
. xtask/prepare.sh
here=crates/vfx-lutbox/tests
failed=0
skipped() { echo "SKIPPED lutbox platforms: $*"; exit "$failed"; }

command -v rustup >/dev/null 2>&1 || skipped "no rustup to add targets with"
# The code for other SIMD levels is the same text: without it a build takes half the time.
levels="--cfg disable_dispatch_sse4_2 --cfg disable_dispatch_avx2 --cap-lints warn"
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS=$levels CARGO_TARGET_AARCH64_APPLE_DARWIN_RUSTFLAGS="--cap-lints warn"
# No EXR: its bundled libraries are C, for which there is no compiler here.
box=(-p vfx-lutbox --no-default-features --locked -q)
for target in x86_64-pc-windows-gnu aarch64-apple-darwin; do
  rustup target list --installed | grep -qx "$target" || rustup target add "$target" >/dev/null 2>&1 ||
    { echo "SKIPPED lutbox check for $target: the target cannot be installed"; continue; }
  if cargo check "${box[@]}" --target "$target"; then echo "PASS lutbox check for $target"
  else echo "FAIL lutbox check for $target"; failed=1; fi
done

# --- Spout under wine: named objects between processes, and textures where wine finds a display ------------------------
missing=
command -v x86_64-w64-mingw32-gcc >/dev/null 2>&1 || missing="$missing gcc-mingw-w64-x86-64"
command -v wine >/dev/null 2>&1 || missing="$missing wine wine64"
command -v Xvfb >/dev/null 2>&1 || missing="$missing xvfb xauth libgl1-mesa-dri"
# shellcheck disable=SC2086
[ -z "$missing" ] || apt_install $missing
for program in x86_64-w64-mingw32-gcc wine; do
  command -v $program >/dev/null 2>&1 || skipped "Spout under wine: no $program"
done
rustup target list --installed | grep -qx x86_64-pc-windows-gnu || skipped "Spout under wine: no x86_64-pc-windows-gnu"
cargo build "${box[@]}" --target x86_64-pc-windows-gnu --example spout_probe --config profile.dev.opt-level=0 \
  --config 'profile.dev.package."*".opt-level=0' --config profile.dev.debug=false ||
  { echo "FAIL lutbox: spout_probe does not build"; exit 1; }
work=$(mktemp -d) || exit 2
display=
trap '[ -z "$display" ] || kill "$display"; WINEPREFIX=$work/wine wineserver -k 2>/dev/null; rm -rf "$work"' EXIT
cp "$CARGO_TARGET_DIR/x86_64-pc-windows-gnu/debug/examples/spout_probe.exe" "$work" || exit 2
x86_64-w64-mingw32-gcc -shared -o "$work/bcryptprimitives.dll" $here/wine/bcryptprimitives.c -ladvapi32 || exit 2
export WINEPREFIX=$work/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=' LIBGL_ALWAYS_SOFTWARE=1
# The display first: a wine session that began without one has no Direct3D to its end.
unset DISPLAY
if command -v Xvfb >/dev/null 2>&1; then
  Xvfb -displayfd 3 -screen 0 640x480x24 +extension GLX 3>"$work/display" >/dev/null 2>&1 &
  display=$!
  for _ in $(seq 300); do [ -s "$work/display" ] && break; sleep 0.1; done
  [ -s "$work/display" ] && export DISPLAY=":$(head -n 1 "$work/display")"
fi
timeout 180 wineboot -i >/dev/null 2>&1 || skipped "Spout under wine: no wine prefix can be made"
(cd "$work" && timeout 300 wine ./spout_probe.exe) | tr -d '\r' | sed 's/^\(PASS\|FAIL\|SKIPPED\)/& spout under wine:/'
[ "${PIPESTATUS[0]}" = 0 ] || failed=1
exit "$failed"
