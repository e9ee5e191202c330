# Sourced by ./vfx and ./test: where builds go, and what must be installed. Needs $root.

if [ -z "${CARGO_TARGET_DIR:-}" ]; then
  export CARGO_TARGET_DIR=${XDG_CACHE_HOME:-${HOME:-$root/target}/.cache}/vfx-rs/target
fi
command -v cargo >/dev/null 2>&1 || PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin

# apt_install PACKAGE...: quietly; fails where that is not possible here.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return
  apt-get update -qq >/dev/null 2>&1 &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1
}

# need_build_tools NAME: cargo, and a C compiler for the bundled libdeflate and zstd.
need_build_tools() {
  command -v cargo >/dev/null 2>&1 || {
    echo "$1: cargo is missing; install Rust from https://rustup.rs" >&2
    exit 2
  }
  command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || apt_install gcc libc6-dev || {
    echo "$1: a C compiler is missing; install gcc" >&2
    exit 2
  }
}
