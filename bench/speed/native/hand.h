/* Layers by hand, as functions of constants: with them in line gcc knows every length. Matrices are row-major, weights [in, out], so that inner
   loops run over neighbours; products are taken in tiles that fill the machine's registers. With BLAS they are those of a library. */
#include <math.h>
#include <string.h>
#define FLAT static inline __attribute__((always_inline))

enum act { LINEAR, TANH, RELU, SIGMOID };

FLAT real activate(enum act act, real z) {
  if (act == TANH) return sizeof(real) == 4 ? (real)tanhf((float)z) : (real)tanh((double)z);
  if (act == RELU) return z > 0 ? z : 0;
  if (act == SIGMOID) return 1 / (1 + (sizeof(real) == 4 ? (real)expf((float)-z) : (real)exp((double)-z)));
  return z;
}
FLAT real slope(enum act act, real a) {
  if (act == TANH) return 1 - a * a;
  if (act == RELU) return a > 0 ? 1 : 0;
  if (act == SIGMOID) return a * (1 - a);
  return 1;
}

#ifdef BLAS
#include <cblas.h>
#endif

#if defined __AVX512F__
enum { VECTOR = 64, ROWS = 12 };
#elif defined __AVX__
enum { VECTOR = 32, ROWS = 6 };
#else
enum { VECTOR = 16, ROWS = 6 };
#endif
typedef real vector __attribute__((vector_size(VECTOR), aligned(sizeof(real)), may_alias));
enum { WIDE = VECTOR / sizeof(real), COLUMNS = 2 * WIDE };

/* Z[M, N] = alpha * A * B + beta * Z; A is [M, K], or [K, M] where it is turned. Two vectors of columns of B are copied in the order in which they are read;
   of ROWS rows beside them the sums stay in registers. */
FLAT void product(int turned, int M, int N, int K, const real *A, const real *B, real alpha, real beta, real *Z) {
#ifdef BLAS
  BLAS_GEMM(CblasRowMajor, turned ? CblasTrans : CblasNoTrans, CblasNoTrans, M, N, K, alpha, A, turned ? M : K, B, N, beta, Z, N);
#else
  for (int n = 0; n < N; n += COLUMNS) {
    const int columns = N - n < COLUMNS ? N - n : COLUMNS;
    real panel[K][COLUMNS];
    for (int k = 0; k < K; k++)
      for (int c = 0; c < COLUMNS; c++) panel[k][c] = c < columns ? B[k * N + n + c] : 0;
    for (int m = 0; m < M; m += ROWS) {
      vector s[ROWS][2];
      const real *row[ROWS];
      for (int r = 0; r < ROWS; r++) {
        const int at = m + r < M ? m + r : M - 1;
        row[r] = turned ? A + at : A + at * K;
        s[r][0] = s[r][1] = (vector){0};
      }
      for (int k = 0; k < K; k++) {
        const vector b0 = *(const vector *)panel[k], b1 = *(const vector *)(panel[k] + WIDE);
        _Pragma("GCC unroll 12") for (int r = 0; r < ROWS; r++) {
          const vector a = row[r][turned ? k * M : k] - (vector){0};
          s[r][0] += a * b0;
          s[r][1] += a * b1;
        }
      }
      for (int r = 0; r < ROWS && m + r < M; r++) {
        const real *sums = (const real *)s[r];
        for (int c = 0; c < columns; c++) {
          real *z = Z + (m + r) * N + n + c;
          *z = (beta != 0 ? beta * *z : 0) + alpha * sums[c];
        }
      }
    }
  }
#endif
}

/* a = act(x W + b) */
FLAT void forward(int B, int N, int O, enum act act, const real *x, const real *W, const real *b, real *a) {
  for (int s = 0; s < B; s++)
    for (int o = 0; o < O; o++) a[s * O + o] = b ? b[o] : 0;
  if (B == 1) {
#ifdef BLAS
    BLAS_GEMV(CblasRowMajor, CblasTrans, N, O, 1, W, O, x, 1, 1, a, 1);
#else
    for (int i = 0; i < N; i++)
      for (int o = 0; o < O; o++) a[o] += x[i] * W[i * O + o];
#endif
  } else product(0, B, O, N, x, W, 1, 1, a);
  for (int i = 0; i < B * O; i++) a[i] = activate(act, a[i]);
}

/* The parameters lose rate times their gradient; back, where there is one, gets the adjoint of x, which `before` has made. T is work, [O, I]. */
FLAT void backward(int B, int N, int O, enum act before, const real *x, const real *d, real *W, real *b, real *back, real *T, real rate) {
  if (B == 1) {
#ifdef BLAS
    (void)T;
    if (back) BLAS_GEMV(CblasRowMajor, CblasNoTrans, N, O, 1, W, O, d, 1, 0, back, 1);
    BLAS_GER(CblasRowMajor, N, O, -rate, x, 1, d, 1, W, O);
    if (back) for (int i = 0; i < N; i++) back[i] *= slope(before, x[i]);
#else
    (void)T;
    enum { LANES = 16 };
    for (int i = 0; i < N; i++) {
      const real r = rate * x[i];
      real lanes[LANES] = {0}, sum = 0;
      int o = 0;
      for (; o + LANES <= O; o += LANES)
        for (int c = 0; c < LANES; c++) {
          const real w = W[i * O + o + c];
          lanes[c] += d[o + c] * w;
          W[i * O + o + c] = w - r * d[o + c];
        }
      for (; o < O; o++) {
        const real w = W[i * O + o];
        sum += d[o] * w;
        W[i * O + o] = w - r * d[o];
      }
      if (back) {
        for (int c = 0; c < LANES; c++) sum += lanes[c];
        back[i] = sum * slope(before, x[i]);
      }
    }
#endif
  } else {
    if (back) {
      for (int i = 0; i < N; i++)
        for (int o = 0; o < O; o++) T[o * N + i] = W[i * O + o];
      product(0, B, N, O, d, T, 1, 0, back);
      for (int i = 0; i < B * N; i++) back[i] *= slope(before, x[i]);
    }
    product(1, N, O, B, x, d, -rate, 1, W);
  }
  if (b)
    for (int s = 0; s < B; s++)
      for (int o = 0; o < O; o++) b[o] -= rate * d[s * O + o];
}

/* a becomes (softmax(a) − y) / B */
FLAT void crossentropy(int B, int O, real *a, const real *y) {
  for (int s = 0; s < B; s++, a += O, y += O) {
    real top = a[0], sum = 0;
    for (int o = 1; o < O; o++) top = a[o] > top ? a[o] : top;
    for (int o = 0; o < O; o++) sum += a[o] = sizeof(real) == 4 ? (real)expf((float)(a[o] - top)) : (real)exp((double)(a[o] - top));
    for (int o = 0; o < O; o++) a[o] = (a[o] / sum - y[o]) / B;
  }
}

/* a becomes (a − y) act′ / B */
FLAT void squares(int B, int O, enum act act, real *a, const real *y) {
  for (int i = 0; i < B * O; i++) a[i] = (a[i] - y[i]) / B * slope(act, a[i]);
}
