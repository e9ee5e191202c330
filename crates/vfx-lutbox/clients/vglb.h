/* Consumer of the LUT bus: one header, C11, Linux. See vglb_example.c.
 *
 * A segment is a header page (native endian) and two slots; each slot has a sequence lock. The newest slot is generation % slots.
 * vglb_read copies a whole LUT or tries again; it never returns a torn one.
 */
#ifndef VGLB_H
#define VGLB_H

#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define VGLB_VERSION 2u
#define VGLB_PAGE 4096u
#define VGLB_SHAPER_ROWS 65536u

typedef struct {
    _Atomic uint64_t seq; /* odd while the slot is written, 0 before the first time */
    uint64_t generation;  /* publications of the channel */
    uint64_t monotonic_ns;
    uint32_t crc32; /* IEEE 802.3, over the texels */
    /* The shaper before the lattice: rows of R, G, B, 1; 0 rows: the lattice spans 0 to 1. Row i of n stands for the input
     * min + (max - min) * i / (n - 1), a channel; with axis 1 for the input whose base-2 logarithm lies there. Interpolate linearly,
     * clamp outside; the result, 0 to 1, is where to sample the lattice. */
    uint32_t shaper_rows;
    uint32_t shaper_axis; /* 0 linear, 1 log2 */
    float shaper_min[3], shaper_max[3];
    uint32_t reserved;
} vglb_slot;

typedef struct {
    char magic[4]; /* "VGLB" */
    uint32_t version;
    uint32_t edge;
    uint32_t layout; /* 0 original strip, 1 unreal strip, 2 square hald, 3 volume */
    uint32_t width, height, depth;
    uint32_t slots; /* 2 */
    uint64_t slot_bytes;
    uint64_t slot_stride; /* slot i starts at VGLB_PAGE + i * slot_stride: texels, then on the next page the shaper's rows */
    _Atomic uint64_t generation;
    _Atomic uint32_t retired; /* not 0: open the channel again */
    _Atomic uint32_t bell;    /* futex word, changes with each publication */
    vglb_slot slot[2];
} vglb_header;

_Static_assert(sizeof(vglb_slot) == 64, "slot header");
_Static_assert(sizeof(vglb_header) == 64 + 2 * 64, "header");

typedef struct {
    const vglb_header *header;
    size_t bytes;
} vglb_channel;

/* Where the rows of a shaper begin in a slot. */
static inline uint64_t vglb_shaper_offset(const vglb_header *h)
{
    return (h->slot_bytes + VGLB_PAGE - 1) / VGLB_PAGE * VGLB_PAGE;
}

/* Opens a channel; 0, or -1 when nobody answers, the channel does not exist, or the segment is no LUT bus. */
static inline int vglb_open(const char *socket_path, const char *name, vglb_channel *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uint8_t request[16 + 256];
    uint32_t words[3] = {VGLB_VERSION, 1u, (uint32_t)strlen(name)};
    if (words[2] > 256 || strlen(socket_path) >= sizeof address.sun_path) return -1;
    strcpy(address.sun_path, socket_path);
    memcpy(request, "VGLB", 4);
    memcpy(request + 4, words, 12);
    memcpy(request + 16, name, words[2]);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0) return -1;
    if (connect(s, (struct sockaddr *)&address, sizeof address) < 0 ||
        write(s, request, 16 + words[2]) != (ssize_t)(16 + words[2])) {
        close(s);
        return -1;
    }
    uint8_t reply[24];
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec vector = {reply, sizeof reply};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t n = recvmsg(s, &message, MSG_CMSG_CLOEXEC);
    close(s);
    struct cmsghdr *c = n == sizeof reply ? CMSG_FIRSTHDR(&message) : NULL;
    if (!c || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) return -1;
    int fd;
    memcpy(&fd, CMSG_DATA(c), sizeof fd);
    struct stat st;
    void *p = MAP_FAILED;
    if (fstat(fd, &st) == 0 && st.st_size >= (off_t)VGLB_PAGE)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (p == MAP_FAILED) return -1;
    out->header = p;
    out->bytes = (size_t)st.st_size;
    const vglb_header *h = out->header;
    if (memcmp(h->magic, "VGLB", 4) || h->version != VGLB_VERSION || h->edge < 2 || h->edge > 128 ||
        h->slot_bytes != (uint64_t)h->edge * h->edge * h->edge * 16 || h->slot_stride < h->slot_bytes ||
        h->slots != 2 || h->slot_stride > out->bytes || out->bytes < VGLB_PAGE + 2 * h->slot_stride ||
        h->slot_stride < vglb_shaper_offset(h) + VGLB_SHAPER_ROWS * 16) {
        munmap(p, out->bytes);
        return -1;
    }
    return 0;
}

static inline void vglb_close(vglb_channel *c) { munmap((void *)c->header, c->bytes); }

/* Copies the newest LUT into `texels` (slot_bytes long), its slot header into `info`, and the rows of its shaper into `shaper`
 * (VGLB_SHAPER_ROWS * 4 floats, or NULL); 0, or -1 when the writer overtook every attempt. */
static inline int vglb_read(const vglb_channel *c, float *texels, float *shaper, vglb_slot *info)
{
    const vglb_header *h = c->header;
    for (int attempt = 0; attempt < 1000; attempt++) {
        unsigned i = (unsigned)(atomic_load_explicit(&h->generation, memory_order_acquire) % 2);
        const vglb_slot *slot = &h->slot[i];
        uint64_t before = atomic_load_explicit(&slot->seq, memory_order_acquire);
        if (before == 0 || before & 1) continue;
        memcpy(texels, (const uint8_t *)h + VGLB_PAGE + i * h->slot_stride, h->slot_bytes);
        info->generation = slot->generation;
        info->monotonic_ns = slot->monotonic_ns;
        info->crc32 = slot->crc32;
        info->shaper_rows = slot->shaper_rows < VGLB_SHAPER_ROWS ? slot->shaper_rows : VGLB_SHAPER_ROWS;
        info->shaper_axis = slot->shaper_axis;
        memcpy(info->shaper_min, slot->shaper_min, sizeof info->shaper_min);
        memcpy(info->shaper_max, slot->shaper_max, sizeof info->shaper_max);
        if (shaper)
            memcpy(shaper, (const uint8_t *)h + VGLB_PAGE + i * h->slot_stride + vglb_shaper_offset(h),
                   (size_t)info->shaper_rows * 16);
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&slot->seq, memory_order_relaxed) == before) return 0;
    }
    return -1;
}

#endif
