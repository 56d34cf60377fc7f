/* Softmax regression's pass over the images, and a layer's two products, for layers.py.

   Compiled once for each precision, with DOUBLE defined or not. Matrices are row-major; the rows of x may lie `stride` apart. Four ideas make it fast:

   - A matrix of 784 x 10 is too narrow for a matrix library. Here its columns (classes, or
     hidden units) lie side by side in vector registers: a pixel is one number against them.
   - Most pixels are zero, and are no work: `nonzeros` lists the others.
   - ROWS images go together, so that a row of W comes from cache once for all of them.
   - The images come from memory once: a step's gradient is taken while they are in cache,
     and the next ones are fetched meanwhile.

   Each thread has a fixed share of the images and sums of its own, which are added in the
   threads' order: the same number of threads gives the same bits. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX512F__
#include <immintrin.h>
#endif
#ifdef _OPENMP
#include <omp.h>
#define EACH_THREAD(threads) _Pragma("omp parallel num_threads(threads)")
#define WAIT_FOR_ALL _Pragma("omp barrier")
#else
#define omp_get_thread_num() 0
#define omp_get_num_threads() 1
#define EACH_THREAD(threads)
#define WAIT_FOR_ALL
#endif

/* As many sums as fit into the registers: ROWS rows of WIDEST vectors. */
#ifdef __AVX512F__
#define BYTES 64
#ifndef ROWS
#define ROWS 8
#endif
#else
#define BYTES 32
#ifndef ROWS
#define ROWS 4
#endif
#endif
#define WIDEST 3

/* The notebook turns these off, to show what each gains. */
#ifndef SKIP_ZEROS
#define SKIP_ZEROS 1
#endif
#ifndef FETCH_AHEAD
#define FETCH_AHEAD 1
#endif

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 16")

#ifdef DOUBLE
typedef double REAL;
typedef int64_t INTEGER;
#else
typedef float REAL;
typedef int32_t INTEGER;
#endif
#define IS_DOUBLE (sizeof(REAL) == 8)
#define LANES ((int)(BYTES / sizeof(REAL)))
#define VECTORS(columns) (((columns) + LANES - 1) / LANES)
#define SHARE(n, thread, threads) ((int)((int64_t)(n) * (thread) / (threads)))

typedef REAL lanes __attribute__((vector_size(BYTES)));
typedef INTEGER integers __attribute__((vector_size(BYTES)));

enum { OK, WRONG_LABEL, NO_MEMORY };

typedef struct {
    int n, n_in, n_out;
    const REAL *x;
    int64_t stride;
} problem;

/* ---- The innermost loops: ROWS rows x[r], whose pixels at[0..m) are not all zero. ---- */

INLINE int nonzeros(const REAL *const *x, int n_in, int32_t *at)
{
    int m = 0, j = 0;
#if defined __AVX512F__ && SKIP_ZEROS
    __m512i here = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; j + 16 <= n_in; j += 16) {
        __mmask16 some = 0;
        UNROLL for (int r = 0; r < ROWS; r++) {
            const REAL *p = x[r] + j;
            if (IS_DOUBLE) {
                __m512d zero = _mm512_setzero_pd();
                some |= _mm512_cmp_pd_mask(_mm512_loadu_pd(p), zero, _CMP_NEQ_UQ);
                some |= _mm512_cmp_pd_mask(_mm512_loadu_pd(p + 8), zero, _CMP_NEQ_UQ) << 8;
            } else {
                __m512 zero = _mm512_setzero_ps();
                some |= _mm512_cmp_ps_mask(_mm512_loadu_ps(p), zero, _CMP_NEQ_UQ);
            }
        }
        _mm512_storeu_si512(at + m, _mm512_maskz_compress_epi32(some, here));
        m += __builtin_popcount(some);
        here = _mm512_add_epi32(here, _mm512_set1_epi32(16));
    }
#endif
    for (; j < n_in; j++) {
        int some = !SKIP_ZEROS;
        for (int r = 0; r < ROWS; r++) some |= x[r][j] != 0;
        at[m] = j;
        m += some;
    }
    return m;
}

INLINE void fetch(const char *next, int i)
{
    if (FETCH_AHEAD) __builtin_prefetch(next + (int64_t)i * 64, 0, 2);
}

/* z[r] += x[r] W, for nv vectors of columns; z's rows lie `apart` vectors apart. */
INLINE void forward_panel(const REAL *const *x, const int32_t *at, int m, const lanes *W,
                          lanes *z, int apart, const char *next, const int nv)
{
    lanes sum[ROWS][WIDEST];
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int v = 0; v < nv; v++) sum[r][v] = z[r * apart + v];
    for (int i = 0; i < m; i++) {
        const int j = at[i];
        fetch(next, i);
        UNROLL for (int r = 0; r < ROWS; r++)
            UNROLL for (int v = 0; v < nv; v++) sum[r][v] += x[r][j] * W[j * nv + v];
    }
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int v = 0; v < nv; v++) z[r * apart + v] = sum[r][v];
}

/* gW += x' g. */
INLINE void backward_panel(const REAL *const *x, const int32_t *at, int m, lanes *gW,
                           const lanes *g, int apart, const char *next, const int nv)
{
    lanes k[ROWS][WIDEST], sum[WIDEST];
    UNROLL for (int r = 0; r < ROWS; r++)
        UNROLL for (int v = 0; v < nv; v++) k[r][v] = g[r * apart + v];
    for (int i = 0; i < m; i++) {
        const int j = at[i];
        fetch(next, i);
        UNROLL for (int v = 0; v < nv; v++) sum[v] = gW[j * nv + v];
        UNROLL for (int r = 0; r < ROWS; r++)
            UNROLL for (int v = 0; v < nv; v++) sum[v] += x[r][j] * k[r][v];
        UNROLL for (int v = 0; v < nv; v++) gW[j * nv + v] = sum[v];
    }
}

/* Matrices of n_in rows are kept in panels of at most WIDEST vectors of columns. */
#define EACH_PANEL(panel, W, z)                                                          \
    for (int first = 0, nv; first < vectors; first += nv) {                              \
        nv = vectors - first < WIDEST ? vectors - first : WIDEST;                        \
        if (nv == 1) panel(x, at, m, W + (size_t)first * n_in, z + first, vectors, next, 1); \
        if (nv == 2) panel(x, at, m, W + (size_t)first * n_in, z + first, vectors, next, 2); \
        if (nv == 3) panel(x, at, m, W + (size_t)first * n_in, z + first, vectors, next, 3); \
    }

static void forward(const REAL *const *x, const int32_t *at, int m, int n_in, const lanes *W,
                    lanes *z, int vectors, const char *next)
{
    EACH_PANEL(forward_panel, W, z)
}

static void backward(const REAL *const *x, const int32_t *at, int m, int n_in, lanes *gW,
                     const lanes *g, int vectors, const char *next)
{
    EACH_PANEL(backward_panel, gW, g)
}

/* ---- exp and tanh of vectors, but for the last bit or two. ---- */

INLINE lanes all(REAL value) { return (lanes){0} + value; }

INLINE lanes choose(integers where, lanes these, lanes others)
{
    return (lanes)((where & (integers)these) | (~where & (integers)others));
}

/* x = k ln 2 + r: gives 2^k, and e^r - 1 by its series. */
INLINE void exponential_parts(lanes x, lanes *power, lanes *p)
{
    /* Adding `round` leaves the nearest integer in the low bits, and taking it away, k. */
    const REAL round = IS_DOUBLE ? 0x1.8p52 : 0x1.8p23;
    const REAL high = IS_DOUBLE ? 0x1.62e42fefa3800p-1 : 0x1.62e4p-1; /* of ln 2 */
    const REAL low = IS_DOUBLE ? 0x1.ef35793c76730p-45 : 0x1.7f7d1cp-20;
    static const double series[] = {1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800,
                                    1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
                                    1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1};
    lanes k = x * (REAL)1.4426950408889634 + round;
    integers whole = (integers)k - (integers)all(round);
    k -= round;
    *power = (lanes)((whole + (IS_DOUBLE ? 1023 : 127)) << (IS_DOUBLE ? 52 : 23));
    lanes r = (x - k * high) - k * low, sum = all(series[IS_DOUBLE ? 0 : 6]);
    UNROLL for (int i = IS_DOUBLE ? 1 : 7; i < 13; i++) sum = sum * r + (REAL)series[i];
    *p = sum * r;
}

/* e^x for x <= 0; NaN stays NaN. */
INLINE lanes exponential(lanes x)
{
    const REAL least = IS_DOUBLE ? -708 : -87; /* below, e^x is as good as 0 */
    lanes power, p;
    exponential_parts(choose(x < least, all(least), x), &power, &p);
    return choose(x < least, all(0), power + power * p);
}

/* tanh(x) = t / (t + 2) with t = e^2x - 1, which has small values to the last bits too. */
INLINE lanes hyperbolic_tangent(lanes x)
{
    const REAL most = 20; /* beyond, it is 1 */
    lanes power, p;
    x = choose(x > most, all(most), choose(x < -most, all(-most), x));
    exponential_parts(x + x, &power, &p);
    lanes t = power * p + (power - 1);
    return t / (t + 2);
}

/* ---- What a group of rows needs around them. ---- */

typedef struct {
    const REAL *x[ROWS];
    const char *next; /* the first byte of the group after */
    int32_t *at;
    int rows, m;
} group;

static void look_at(group *G, const problem *P, int i, int end)
{
    G->rows = end - i < ROWS ? end - i : ROWS;
    for (int r = 0; r < ROWS; r++) /* a short group repeats its last row, to no effect */
        G->x[r] = P->x + (i + (r < G->rows ? r : G->rows - 1)) * P->stride;
    G->next = (const char *)(G->x[ROWS - 1] + P->stride);
    G->m = nonzeros(G->x, P->n_in, G->at);
}

/* From the logits z of one image: its log-likelihood, and (z becomes) the scaled gradient. */
static REAL softmax(lanes *z, int vectors, int n_out, int label, REAL scale)
{
    REAL *entries = (REAL *)z, most = -INFINITY, sum = 0;
    for (int j = 0; j < n_out; j++) most = entries[j] > most ? entries[j] : most;
    const REAL chosen = entries[label] - most;
    for (int v = 0; v < vectors; v++) z[v] = exponential(z[v] - most);
    for (int j = 0; j < n_out; j++) sum += entries[j];
    for (int v = 0; v < vectors; v++) z[v] *= -scale / sum;
    entries[label] += scale;
    return chosen - (IS_DOUBLE ? log(sum) : logf(sum));
}

static void copy_in(REAL *to, const REAL *from, int n, int room, REAL fill)
{
    if (n) memcpy(to, from, n * sizeof(REAL));
    for (int j = n; j < room; j++) to[j] = fill;
}

/* Between rows of n_out numbers and panels; and back, adding up what the threads have. */
static void into_panels(const problem *P, const REAL *W, int vectors, lanes *to, int from,
                        int end)
{
    for (int j = from; j < end; j++)
        for (int first = 0; first < vectors; first += WIDEST) {
            const int nv = vectors - first < WIDEST ? vectors - first : WIDEST;
            const int left = P->n_out - first * LANES;
            REAL *row = (REAL *)(to + (size_t)first * P->n_in + (size_t)j * nv);
            copy_in(row, W + (size_t)j * P->n_out + first * LANES,
                    left < nv * LANES ? left : nv * LANES, nv * LANES, 0);
        }
}

static void add_up(const problem *P, const lanes *sums, size_t apart, int threads, int vectors,
                   REAL *gW, int from, int end)
{
    for (int j = from; j < end; j++)
        for (int first = 0; first < vectors; first += WIDEST) {
            const int nv = vectors - first < WIDEST ? vectors - first : WIDEST;
            const int left = P->n_out - first * LANES;
            const lanes *row = sums + (size_t)first * P->n_in + (size_t)j * nv;
            lanes total[WIDEST] = {{0}};
            for (int t = 0; t < threads; t++)
                for (int v = 0; v < nv; v++) total[v] += row[t * apart + v];
            memcpy(gW + (size_t)j * P->n_out + first * LANES, total,
                   (left < nv * LANES ? left : nv * LANES) * sizeof(REAL));
        }
}

static void add_up_biases(const problem *P, const lanes *sums, size_t apart, int threads,
                          int vectors, REAL *gb)
{
    for (int j = 0; j < P->n_out; j++) {
        gb[j] = 0;
        for (int t = 0; t < threads; t++)
            gb[j] += ((const REAL *)(sums + t * apart + (size_t)P->n_in * vectors))[j];
    }
}

/* ---- The entries. ---- */

static int32_t *room_for_indices(const problem *P, int threads)
{
    return malloc((size_t)threads * (P->n_in + 16) * sizeof(int32_t));
}

static lanes *room_for(size_t vectors)
{
    return aligned_alloc(64, (vectors * BYTES + 63) / 64 * 64);
}

/* log_p[i] = log softmax(x W + b)[i, y[i]]; and `scale` times the gradients of their sum: gW,
   gb, and gz with respect to x W + b, unless that is NULL. */
int cross_entropy(const problem *P, const REAL *W, const REAL *b, const int32_t *y, REAL *log_p,
                  REAL *gW, REAL *gb, REAL *gz, double scale, int threads)
{
    const int n = P->n, n_in = P->n_in, n_out = P->n_out, vectors = VECTORS(n_out);
    const size_t apart = (size_t)n_in * vectors + vectors; /* a thread's gW and gb */
    const size_t own = apart + (size_t)ROWS * vectors;
    for (int i = 0; i < n; i++)
        if (y[i] < -n_out || y[i] >= n_out) return WRONG_LABEL;
    lanes *panels = room_for((size_t)n_in * vectors + vectors);
    lanes *sums = room_for(threads * apart), *logits = room_for(threads * (own - apart));
    int32_t *indices = room_for_indices(P, threads);
    int result = NO_MEMORY;
    if (panels && sums && logits && indices) {
        lanes *bias = panels + (size_t)n_in * vectors;
        copy_in((REAL *)bias, b, n_out, vectors * LANES, -INFINITY);
        EACH_THREAD(threads)
        {
            const int t = omp_get_thread_num(), all_threads = omp_get_num_threads();
            const int from = SHARE(n_in, t, all_threads), end = SHARE(n_in, t + 1, all_threads);
            const int last = SHARE(n, t + 1, all_threads);
            lanes *mine = sums + t * apart, *gbias = mine + (size_t)n_in * vectors;
            lanes *z = logits + (size_t)t * ROWS * vectors;
            group G = {.at = indices + (size_t)t * (n_in + 16)};
            into_panels(P, W, vectors, panels, from, end);
            memset(mine, 0, apart * BYTES);
            WAIT_FOR_ALL
            for (int i = SHARE(n, t, all_threads); i < last; i += ROWS) {
                look_at(&G, P, i, last);
                for (int r = 0; r < ROWS; r++) memcpy(z + r * vectors, bias, vectors * BYTES);
                forward(G.x, G.at, G.m, n_in, panels, z, vectors, G.next);
                for (int r = 0; r < G.rows; r++) {
                    lanes *g = z + r * vectors;
                    const int label = y[i + r] + (y[i + r] < 0 ? n_out : 0);
                    log_p[i + r] = softmax(g, vectors, n_out, label, scale);
                    for (int v = 0; v < vectors; v++) gbias[v] += g[v];
                    if (gz) memcpy(gz + (size_t)(i + r) * n_out, g, n_out * sizeof(REAL));
                }
                memset(z + G.rows * vectors, 0, (size_t)(ROWS - G.rows) * vectors * BYTES);
                backward(G.x, G.at, G.m, n_in, mine, z, vectors,
                         G.next + (size_t)G.m * 64);
            }
            WAIT_FOR_ALL
            add_up(P, sums, apart, all_threads, vectors, gW, from, end);
            if (t == 0) add_up_biases(P, sums, apart, all_threads, vectors, gb);
        }
        result = OK;
    }
    free(panels), free(sums), free(logits), free(indices);
    return result;
}

/* out = x W + b, or its tanh; b may be NULL. */
int affine(const problem *P, const REAL *W, const REAL *b, REAL *out, int is_tanh, int threads)
{
    const int n = P->n, n_in = P->n_in, n_out = P->n_out, vectors = VECTORS(n_out);
    lanes *panels = room_for((size_t)n_in * vectors + vectors);
    lanes *rows = room_for((size_t)threads * ROWS * vectors);
    int32_t *indices = room_for_indices(P, threads);
    int result = NO_MEMORY;
    if (panels && rows && indices) {
        lanes *bias = panels + (size_t)n_in * vectors;
        copy_in((REAL *)bias, b, b ? n_out : 0, vectors * LANES, 0);
        EACH_THREAD(threads)
        {
            const int t = omp_get_thread_num(), all_threads = omp_get_num_threads();
            const int last = SHARE(n, t + 1, all_threads);
            lanes *z = rows + (size_t)t * ROWS * vectors;
            group G = {.at = indices + (size_t)t * (n_in + 16)};
            into_panels(P, W, vectors, panels, SHARE(n_in, t, all_threads),
                        SHARE(n_in, t + 1, all_threads));
            WAIT_FOR_ALL
            for (int i = SHARE(n, t, all_threads); i < last; i += ROWS) {
                look_at(&G, P, i, last);
                for (int r = 0; r < ROWS; r++) memcpy(z + r * vectors, bias, vectors * BYTES);
                forward(G.x, G.at, G.m, n_in, panels, z, vectors, G.next);
                for (int v = 0; is_tanh && v < G.rows * vectors; v++)
                    z[v] = hyperbolic_tangent(z[v]);
                for (int r = 0; r < G.rows; r++)
                    memcpy(out + (size_t)(i + r) * n_out, z + r * vectors,
                           n_out * sizeof(REAL));
            }
        }
        result = OK;
    }
    free(panels), free(rows), free(indices);
    return result;
}

/* gW = x' g and gb = sum(g), with g multiplied by 1 - h h before, unless h is NULL. */
int affine_gradient(const problem *P, const REAL *g, const REAL *h, REAL *gW, REAL *gb,
                    int threads)
{
    const int n = P->n, n_in = P->n_in, n_out = P->n_out, vectors = VECTORS(n_out);
    const size_t apart = (size_t)n_in * vectors + vectors;
    lanes *sums = room_for(threads * apart), *rows = room_for((size_t)threads * ROWS * vectors);
    int32_t *indices = room_for_indices(P, threads);
    int result = NO_MEMORY;
    if (sums && rows && indices) {
        EACH_THREAD(threads)
        {
            const int t = omp_get_thread_num(), all_threads = omp_get_num_threads();
            const int last = SHARE(n, t + 1, all_threads);
            lanes *mine = sums + t * apart, *gbias = mine + (size_t)n_in * vectors;
            lanes *z = rows + (size_t)t * ROWS * vectors;
            group G = {.at = indices + (size_t)t * (n_in + 16)};
            memset(mine, 0, apart * BYTES);
            memset(z, 0, (size_t)ROWS * vectors * BYTES);
            for (int i = SHARE(n, t, all_threads); i < last; i += ROWS) {
                look_at(&G, P, i, last);
                for (int r = 0; r < G.rows; r++) {
                    const size_t start = (size_t)(i + r) * n_out;
                    REAL *to = (REAL *)(z + r * vectors);
                    for (int j = 0; j < n_out; j++)
                        to[j] = h ? g[start + j] * (1 - h[start + j] * h[start + j])
                                  : g[start + j];
                    for (int v = 0; v < vectors; v++) gbias[v] += z[r * vectors + v];
                }
                memset(z + G.rows * vectors, 0, (size_t)(ROWS - G.rows) * vectors * BYTES);
                backward(G.x, G.at, G.m, n_in, mine, z, vectors, G.next);
            }
            WAIT_FOR_ALL
            add_up(P, sums, apart, all_threads, vectors, gW, SHARE(n_in, t, all_threads),
                   SHARE(n_in, t + 1, all_threads));
            if (t == 0) add_up_biases(P, sums, apart, all_threads, vectors, gb);
        }
        result = OK;
    }
    free(sums), free(rows), free(indices);
    return result;
}

/* A layer: its weights in panels, with the biases after them, and the same of its gradients, one
   for each thread, `apart` vectors apart. */
typedef struct {
    problem of;
    int vectors;
    size_t apart;
    lanes *W, *b, *sums;
} layer;

static layer make_layer(int n_in, int n_out, int threads)
{
    layer L = {.of = {.n_in = n_in, .n_out = n_out}, .vectors = VECTORS(n_out)};
    L.apart = (size_t)n_in * L.vectors + L.vectors;
    L.W = room_for(L.apart);
    L.b = L.W + (size_t)n_in * L.vectors;
    L.sums = room_for(L.apart * threads);
    return L;
}

/* One step of a network with a hidden layer of tanh units under the softmax: as cross_entropy,
   with respect to W_xh, b_xh, W_hy and b_hy. The images are read once. */
int network(const problem *P, const REAL *W_xh, const REAL *b_xh, const REAL *W_hy,
            const REAL *b_hy, const int32_t *y, REAL *log_p, REAL *gW_xh, REAL *gb_xh,
            REAL *gW_hy, REAL *gb_hy, int classes, double scale, int threads)
{
    const int n = P->n, n_in = P->n_in, hidden = P->n_out;
    for (int i = 0; i < n; i++)
        if (y[i] < -classes || y[i] >= classes) return WRONG_LABEL;
    layer H = make_layer(n_in, hidden, threads), O = make_layer(hidden, classes, threads);
    layer back = make_layer(classes, hidden, 0); /* W_hy' */
    const size_t own = (size_t)ROWS * (2 * H.vectors + O.vectors);
    lanes *rows = room_for(own * threads);
    int32_t *indices = room_for_indices(P, threads), *every = malloc((hidden + classes) * 4);
    REAL *transposed = malloc((size_t)hidden * classes * sizeof(REAL));
    int result = NO_MEMORY;
    if (H.W && H.sums && O.W && O.sums && back.W && rows && indices && every && transposed) {
        for (int j = 0; j < hidden + classes; j++) every[j] = j;
        for (int j = 0; j < hidden; j++)
            for (int k = 0; k < classes; k++) transposed[k * hidden + j] = W_hy[j * classes + k];
        into_panels(&O.of, W_hy, O.vectors, O.W, 0, hidden);
        into_panels(&back.of, transposed, H.vectors, back.W, 0, classes);
        copy_in((REAL *)H.b, b_xh, hidden, H.vectors * LANES, 0);
        copy_in((REAL *)O.b, b_hy, classes, O.vectors * LANES, -INFINITY);
        EACH_THREAD(threads)
        {
            const int t = omp_get_thread_num(), all_threads = omp_get_num_threads();
            const int from = SHARE(n_in, t, all_threads), end = SHARE(n_in, t + 1, all_threads);
            const int last = SHARE(n, t + 1, all_threads);
            lanes *gW1 = H.sums + t * H.apart, *gb1 = gW1 + (size_t)n_in * H.vectors;
            lanes *gW2 = O.sums + t * O.apart, *gb2 = gW2 + (size_t)hidden * O.vectors;
            lanes *h = rows + t * own, *g = h + (size_t)ROWS * H.vectors;
            lanes *z = g + (size_t)ROWS * H.vectors;
            const REAL *h_rows[ROWS], *z_rows[ROWS];
            for (int r = 0; r < ROWS; r++) {
                h_rows[r] = (REAL *)(h + r * H.vectors);
                z_rows[r] = (REAL *)(z + r * O.vectors);
            }
            group G = {.at = indices + (size_t)t * (n_in + 16)};
            into_panels(P, W_xh, H.vectors, H.W, from, end);
            memset(gW1, 0, H.apart * BYTES);
            memset(gW2, 0, O.apart * BYTES);
            WAIT_FOR_ALL
            for (int i = SHARE(n, t, all_threads); i < last; i += ROWS) {
                look_at(&G, P, i, last);
                for (int r = 0; r < ROWS; r++) {
                    memcpy(h + r * H.vectors, H.b, H.vectors * BYTES);
                    memcpy(z + r * O.vectors, O.b, O.vectors * BYTES);
                }
                forward(G.x, G.at, G.m, n_in, H.W, h, H.vectors, G.next);
                for (int v = 0; v < ROWS * H.vectors; v++) h[v] = hyperbolic_tangent(h[v]);
                forward(h_rows, every, hidden, hidden, O.W, z, O.vectors, (char *)h);
                for (int r = 0; r < G.rows; r++) {
                    lanes *gz = z + r * O.vectors;
                    const int label = y[i + r] + (y[i + r] < 0 ? classes : 0);
                    log_p[i + r] = softmax(gz, O.vectors, classes, label, scale);
                    for (int v = 0; v < O.vectors; v++) gb2[v] += gz[v];
                }
                memset(z + G.rows * O.vectors, 0,
                       (size_t)(ROWS - G.rows) * O.vectors * BYTES);
                backward(h_rows, every, hidden, hidden, gW2, z, O.vectors, (char *)h);
                memset(g, 0, (size_t)ROWS * H.vectors * BYTES);
                forward(z_rows, every, classes, classes, back.W, g, H.vectors, (char *)h);
                for (int v = 0; v < ROWS * H.vectors; v++) {
                    g[v] *= 1 - h[v] * h[v];
                    gb1[v % H.vectors] += g[v];
                }
                backward(G.x, G.at, G.m, n_in, gW1, g, H.vectors, G.next + (size_t)G.m * 64);
            }
            WAIT_FOR_ALL
            add_up(P, H.sums, H.apart, all_threads, H.vectors, gW_xh, from, end);
            if (t == 0) {
                add_up_biases(P, H.sums, H.apart, all_threads, H.vectors, gb_xh);
                add_up(&O.of, O.sums, O.apart, all_threads, O.vectors, gW_hy, 0, hidden);
                add_up_biases(&O.of, O.sums, O.apart, all_threads, O.vectors, gb_hy);
            }
        }
        result = OK;
    }
    free(H.W), free(H.sums), free(O.W), free(O.sums), free(back.W), free(back.sums);
    free(rows), free(indices), free(every), free(transposed);
    return result;
}
