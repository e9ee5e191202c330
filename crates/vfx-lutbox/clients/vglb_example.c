/* Reads a channel COUNT times and checks every copy: vglb_example SOCKET CHANNEL COUNT
 * Build: cc -std=c11 -D_GNU_SOURCE -O2 vglb_example.c -o vglb_example
 * Prints reads, distinct generations and copies whose checksum failed; status 1 if there is one. */
#include "vglb.h"
#include <stdlib.h>

static uint32_t table[256];

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t c = ~0u;
    while (n--) c = table[(c ^ *p++) & 255] ^ (c >> 8);
    return ~c;
}

int main(int argc, char **argv)
{
    vglb_channel channel;
    if (argc != 4 || vglb_open(argv[1], argv[2], &channel)) {
        fprintf(stderr, "cannot open the channel\n");
        return 2;
    }
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        table[i] = c;
    }
    size_t bytes = channel.header->slot_bytes;
    float *texels = malloc(bytes);
    uint64_t last = 0;
    int reads = 0, fresh = 0, torn = 0;
    for (int i = 0; i < atoi(argv[3]); i++) {
        vglb_slot info;
        if (!texels || vglb_read(&channel, texels, NULL, &info)) return 2;
        reads++;
        if (info.generation != last) fresh++;
        last = info.generation;
        if (crc32((const uint8_t *)texels, bytes) != info.crc32) torn++;
        usleep(500);
    }
    printf("edge %u reads %d fresh %d torn %d\n", channel.header->edge, reads, fresh, torn);
    free(texels);
    vglb_close(&channel);
    return torn != 0;
}
