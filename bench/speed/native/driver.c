/* A peer in C, in a process of its own: `driver FOLDER`. The commands are those of host.mjs. PEER is the file with the peer, which
   defines BATCH, INPUTS, OUTPUTS, LEARNED, and load, save, step and VERSION. */
#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef REAL
#define REAL float
#endif
typedef REAL real;

#include PEER

static double theta[LEARNED];
static real x[BATCH * INPUTS], y[BATCH * OUTPUTS];

static double seconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *contents(const char *folder, const char *name, size_t *length) {
  char path[1024];
  if (folder) snprintf(path, sizeof path, "%s/%s", folder, name);
  else snprintf(path, sizeof path, "%s", name);
  FILE *file = fopen(path, "rb");
  if (!file) exit(1);
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  void *bytes = malloc(*length + 1);
  if (!bytes || fread(bytes, 1, *length, file) != *length) exit(1);
  fclose(file);
  return bytes;
}

static real *reals(const char *folder, const char *name, size_t *count) {
  size_t length;
  double *numbers = contents(folder, name, &length);
  *count = length / sizeof(double);
  real *made = malloc(*count * sizeof(real) + 1);
  for (size_t i = 0; i < *count; i++) made[i] = (real)numbers[i];
  free(numbers);
  return made;
}

static void write_parameters(const char *path) {
  static double now[LEARNED];
  save(now);
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(now, sizeof(double), LEARNED, file) != LEARNED) exit(1);
  fclose(file);
}

static double timed(long n, real rate) {
  const double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
  for (long i = 0; i < n; i++) step(x, y, rate);
  return 1e6 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - before);
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  const double start = seconds(CLOCK_MONOTONIC);
  size_t count;
  double *given = contents(argv[1], "theta", &count);
  memcpy(theta, given, sizeof theta);
  real *given_x = reals(argv[1], "x", &count), *given_y = reals(argv[1], "y", &count);
  memcpy(x, given_x, sizeof x);
  memcpy(y, given_y, sizeof y);
  real *all_x = NULL, *all_y = NULL;
  load(theta);
  printf("= %s | %.0f\n", VERSION, 1e3 * seconds(CLOCK_PROCESS_CPUTIME_ID));
  fflush(stdout);
  char line[2048], file[1024];
  double number;
  long done = 0;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "step %lf %1023s", &number, file) == 2) {
      load(theta);
      step(x, y, (real)number);
      write_parameters(file);
      load(theta);
      puts("=");
    } else if (sscanf(line, "time %lf", &number) == 1) {
      const double wanted = 1e6 * number;
      long n = 1;
      double spent = timed(n, (real)1e-6);
      while (spent < wanted / 8) spent = timed(n *= 2, (real)1e-6);
      n = (long)fmax(1, round((double)n * wanted / spent));
      printf("= %.9g\n", timed(n, (real)1e-6) / (double)n);
    } else if (sscanf(line, "first %lf", &number) == 1) {
      while (done < (long)number) step(x, y, (real)1e-6), done++;
      printf("= %.9g\n", 1e3 * (seconds(CLOCK_MONOTONIC) - start));
    } else if (sscanf(line, "epoch %lf %1023s", &number, file) == 2) {
      if (!all_x) all_x = reals(argv[1], "all.x", &count), all_y = reals(argv[1], "all.y", &count);
      size_t length;
      int32_t *order = contents(NULL, file, &length);
      const double before = seconds(CLOCK_PROCESS_CPUTIME_ID);
      for (size_t at = 0; at + BATCH <= length / sizeof *order; at += BATCH) {
        for (size_t s = 0; s < BATCH; s++) {
          memcpy(x + s * INPUTS, all_x + (size_t)order[at + s] * INPUTS, INPUTS * sizeof(real));
          memcpy(y + s * OUTPUTS, all_y + (size_t)order[at + s] * OUTPUTS, OUTPUTS * sizeof(real));
        }
        step(x, y, (real)number);
      }
      printf("= %.9g\n", 1e3 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - before));
      free(order);
    } else if (sscanf(line, "save %1023s", file) == 1) {
      write_parameters(file);
      puts("=");
    }
    fflush(stdout);
  }
  return 0;
}
