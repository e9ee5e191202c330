/* A codec with libjpeg's API, timed: `peer decode FILE RUNS [float]` and `peer encode PPM DISTANCE H V LEVEL OPTIMISE RUNS`
   print bytes and the median of this thread's CPU seconds. -DJPEGLI selects jpegli's names and its f32 output. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef JPEGLI
#include "lib/jpegli/decode.h"
#include "lib/jpegli/encode.h"
#define J(name) jpegli_##name
#else
#include <jpeglib.h>
#define J(name) jpeg_##name
#endif

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

static int order(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return x < y ? -1 : x > y;
}

static unsigned char *load(const char *path, long *size) {
  FILE *f = fopen(path, "rb");
  if (!f) exit(2);
  fseek(f, 0, SEEK_END);
  *size = ftell(f);
  rewind(f);
  unsigned char *bytes = (unsigned char *)malloc(*size);
  if (fread(bytes, 1, *size, f) != (size_t)*size) exit(2);
  fclose(f);
  return bytes;
}

static void decode(const unsigned char *bytes, long size, int as_float) {
  struct jpeg_decompress_struct c;
  struct jpeg_error_mgr e;
  c.err = J(std_error)(&e);
  J(create_decompress)(&c);
  J(mem_src)(&c, (unsigned char *)bytes, size);
  J(read_header)(&c, TRUE);
  int wide = 1;
#ifdef JPEGLI
  if (as_float) {
    jpegli_set_output_format(&c, JPEGLI_TYPE_FLOAT, JPEGLI_NATIVE_ENDIAN);
    wide = 4;
  }
#endif
  J(start_decompress)(&c);
  unsigned char *row = (unsigned char *)malloc((size_t)c.output_width * c.output_components * wide + 64);
  while (c.output_scanline < c.output_height) J(read_scanlines)(&c, &row, 1);
  J(finish_decompress)(&c);
  J(destroy_decompress)(&c);
  free(row);
}

int main(int argc, char **argv) {
  double times[99];
  long size = 0;
  unsigned long out_size = 0;
  if (argc < 4) return 1;
  unsigned char *bytes = load(argv[2], &size);
  int runs = atoi(argv[argv[1][0] == 'd' ? 3 : 8]);
  if (argv[1][0] == 'd') {
    for (int r = 0; r < runs; r++) {
      double begin = now();
      decode(bytes, size, argc > 4);
      times[r] = now() - begin;
    }
    out_size = size;
  } else {
    int w, h, most, at = 0;
    if (sscanf((char *)bytes, "P6 %d %d %d%n", &w, &h, &most, &at) != 3) return 1;
    unsigned char *rgb = bytes + at + 1;
    for (int r = 0; r < runs; r++) {
      double begin = now();
      struct jpeg_compress_struct c;
      struct jpeg_error_mgr e;
      unsigned char *out = NULL;
      out_size = 0;
      c.err = J(std_error)(&e);
      J(create_compress)(&c);
      J(mem_dest)(&c, &out, &out_size);
      c.image_width = w;
      c.image_height = h;
      c.input_components = 3;
      c.in_color_space = JCS_RGB;
      J(set_defaults)(&c);
      c.comp_info[0].h_samp_factor = atoi(argv[4]);
      c.comp_info[0].v_samp_factor = atoi(argv[5]);
#ifdef JPEGLI
      jpegli_set_distance(&c, atof(argv[3]), TRUE);
      jpegli_set_progressive_level(&c, atoi(argv[6]));
#else
      J(set_quality)(&c, 90, TRUE);
      if (atoi(argv[6])) J(simple_progression)(&c);
#endif
      c.optimize_coding = atoi(argv[7]);
      J(start_compress)(&c, TRUE);
      while (c.next_scanline < c.image_height) {
        JSAMPROW row = rgb + (size_t)c.next_scanline * w * 3;
        J(write_scanlines)(&c, &row, 1);
      }
      J(finish_compress)(&c);
      J(destroy_compress)(&c);
      times[r] = now() - begin;
      free(out);
    }
  }
  qsort(times, runs, sizeof(double), order);
  printf("%lu %.6f\n", out_size, times[runs / 2]);
  return 0;
}
