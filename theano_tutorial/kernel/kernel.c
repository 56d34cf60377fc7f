/* Softmax regression's pass over the images, and a layer's two products: what kernel.h declares.

   Compiled once for each precision, with DOUBLE defined or not. Four ideas make it fast:
   - A matrix of 784 x 10 is too narrow for a matrix library. Here its columns (classes, or
     hidden units) lie side by side in vector registers, and each pixel multiplies all of them.
   - ROWS images are processed together, so that a row of W is read from cache once for all.
   - Most pixels are zero: `nonzeros` lists those that are not zero in some image of a group. Of
     MNIST's pixels, half are skipped in groups of eight, three fifths in groups of four.
   - Images are read from memory once: a step's gradient is computed while they are in cache,
     and the next ones are prefetched meanwhile; those of the next minibatch, between two calls.
   The images are divided into shares, one per thread, each with enough images to be worth
   waking a thread. Each share has its own sums, which are added in the order of the shares: the
   same number of threads gives the same bits, whichever thread works on which share. */

#include "kernel.h"

#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#ifdef __AVX512F__
#include <immintrin.h>
#define BYTES 64
#else
#define BYTES 32
#endif
/* ROWS rows of WIDEST vectors: as many sums as fit into the registers. */
#ifndef ROWS
#define ROWS (BYTES / 8)
#endif
#define WIDEST 3

#ifndef ROWS_A_THREAD
#define ROWS_A_THREAD 16 /* waking a thread costs as much as some ten images */
#endif
#ifndef VECTORS_A_THREAD
#define VECTORS_A_THREAD 6 /* for network_step, which shares out hidden units */
#endif
/* Notebook 04 turns these off to show what each gains. */
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
#define SHARE(n, share, shares) ((int)((int64_t)(n) * (share) / (shares)))

typedef REAL lanes __attribute__((vector_size(BYTES)));
typedef INTEGER integers __attribute__((vector_size(BYTES)));

INLINE const REAL *row_of(const problem *P, int64_t i) { return (const REAL *)P->x + i * P->stride; }

/* ---- The innermost loops: ROWS rows x[r], all zero except for pixels at[0..m). ---- */

INLINE int nonzeros(const REAL *const *x, int n_in, int32_t *at)
{
    int m = 0, j = 0;
#if defined __AVX512F__ && SKIP_ZEROS
    __m512i here = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    for (; j + 16 <= n_in; j += 16) {
        __m512i low = _mm512_setzero_si512(), high = low; /* any bit of any row */
        UNROLL for (int r = 0; r < ROWS; r++) {
            low = _mm512_or_si512(low, _mm512_loadu_si512(x[r] + j));
            if (IS_DOUBLE) high = _mm512_or_si512(high, _mm512_loadu_si512(x[r] + j + 8));
        }
        const __mmask16 some = IS_DOUBLE ? _mm512_test_epi64_mask(low, low) |
                                               _mm512_test_epi64_mask(high, high) << 8
                                         : _mm512_test_epi32_mask(low, low);
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
#define EACH_PANEL(name, panel, const_W, const_z)                                         \
    static void name(const REAL *const *x, const int32_t *at, int m, int n_in,            \
                     const_W lanes *W, const_z lanes *z, int vectors, const char *next)   \
    {                                                                                     \
        for (int nv, left = vectors; left; left -= nv, W += (size_t)nv * n_in, z += nv) { \
            nv = left < WIDEST ? left : WIDEST;                                           \
            if (nv == 1) panel(x, at, m, W, z, vectors, next, 1);                         \
            if (nv == 2) panel(x, at, m, W, z, vectors, next, 2);                         \
            if (nv == 3) panel(x, at, m, W, z, vectors, next, 3);                         \
        }                                                                                 \
    }
EACH_PANEL(forward, forward_panel, const, )
EACH_PANEL(backward, backward_panel, , const)

/* ---- exp and tanh of vectors, exact except for the last bit or two. ---- */

INLINE lanes all(REAL value) { return (lanes){0} + value; }

INLINE lanes choose(integers where, lanes these, lanes others)
{
    return (lanes)((where & (integers)these) | (~where & (integers)others));
}

/* With x = k ln 2 + r: power is 2^k, and p is e^r - 1, by its series. */
INLINE void exponential_parts(lanes x, lanes *power, lanes *p)
{
    /* Adding `round` leaves the nearest integer in the low bits; subtracting it gives k. */
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
    const REAL least = IS_DOUBLE ? -708 : -87; /* below this, e^x is as good as 0 */
    lanes power, p;
    exponential_parts(choose(x < least, all(least), x), &power, &p);
    return choose(x < least, all(0), power + power * p);
}

/* tanh(x) = t / (t + 2) with t = e^2x - 1, accurate to the last bits for small x, too. */
INLINE lanes hyperbolic_tangent(lanes x)
{
    const REAL most = 20; /* beyond this, tanh is 1 */
    lanes power, p;
    x = choose(x > most, all(most), choose(x < -most, all(-most), x));
    exponential_parts(x + x, &power, &p);
    lanes t = power * p + (power - 1);
    return t / (t + 2);
}

/* ---- Threads. ----
   Each thread has a share of its own, so that it finds in its cache what it had there before.
   A thread that is done takes shares that are left, so that nobody waits for a thread that
   other programs keep from its core. (OpenMP, tried first, was no faster on a quiet machine,
   and a hundred times slower on a busy one, where all threads wait for one without a core.) */

typedef void work(void *job, int share);
enum { MOST_SHARES = 256 };
static _Thread_local int own; /* the number of this thread's own share; a caller's is 0 */

static struct {
    _Atomic uint64_t state; /* number of the job << 32 | number of its shares */
    struct {
        _Alignas(64) _Atomic uint32_t job; /* the last job of which this share was taken */
    } taken[MOST_SHARES];
    _Alignas(64) _Atomic int unfinished;
    _Atomic int asleep;
    work *function;
    void *job;
    int workers;
    pthread_mutex_t sleep;
    pthread_cond_t wake;
} pool = {.sleep = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

/* There is one caller at a time. The memory that it works in is kept: allocating it again for
   every minibatch would cost as much as the minibatch. */
static pthread_mutex_t one_caller = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char *start;
    size_t size, used, wanted;
    void *more[16]; /* what did not fit; next time it will fit */
    int n_more;
} memory;

/* A forked child has no workers and no other caller. But another thread may have been in a call
   when the parent forked, and at work in the memory, which is therefore abandoned. */
static void forget_threads(void)
{
    pool.workers = 0;
    atomic_store(&pool.asleep, 0);
    atomic_store(&pool.state, 0);
    memset(pool.taken, 0, sizeof pool.taken);
    pthread_mutex_init(&pool.sleep, NULL);
    pthread_cond_init(&pool.wake, NULL);
    pthread_mutex_init(&one_caller, NULL);
    memset(&memory, 0, sizeof memory);
}

static void begin(void)
{
    static int registered;
    pthread_mutex_lock(&one_caller);
    if (!registered) registered = !pthread_atfork(NULL, NULL, forget_threads);
}

static void *room_for(size_t bytes)
{
    bytes = bytes / 64 * 64 + 64;
    memory.wanted += bytes;
    if (memory.used + bytes <= memory.size) {
        memory.used += bytes;
        return memory.start + memory.used - bytes;
    }
    if (memory.n_more == 16) return NULL;
    return memory.more[memory.n_more++] = aligned_alloc(64, bytes);
}

static int end(int result)
{
    if (memory.n_more) {
        while (memory.n_more) free(memory.more[--memory.n_more]);
        free(memory.start);
        memory.start = aligned_alloc(64, memory.wanted);
        memory.size = memory.start ? memory.wanted : 0;
    }
    memory.used = memory.wanted = 0;
    pthread_mutex_unlock(&one_caller);
    return result;
}

enum { MOST_LOOKS = 200000 }; /* for work, some ms in all, before falling asleep */

static void pause_a_moment(void)
{
#if defined __x86_64__ || defined __i386__
    __builtin_ia32_pause();
#endif
}

/* Works on the shares that nobody has taken, this thread's own first. */
static void take_shares(uint64_t state)
{
    const uint32_t number = state >> 32;
    const int shares = (uint32_t)state;
    for (int i = 0; i < shares; i++) {
        const int share = (own + i) % shares;
        uint32_t last = atomic_load(&pool.taken[share].job);
        /* If this exchange succeeds, the job has not ended, and no other has begun. */
        if ((int32_t)(number - last) > 0 &&
            atomic_compare_exchange_strong(&pool.taken[share].job, &last, number)) {
            pool.function(pool.job, share);
            atomic_fetch_sub(&pool.unfinished, 1);
        }
    }
}

/* What a worker is likely to read soon; it prefetches this while there is no job. */
static _Thread_local struct stretch {
    const char *from, *to;
} soon[2];

static int fetch_some(struct stretch *what)
{
    const int left = what->from < what->to;
    for (int line = 0; left && line < 8; line++, what->from += 64)
        __builtin_prefetch(what->from, 0, 2);
    return left;
}

static void *worker(void *number)
{
    own = (int)(intptr_t)number;
    uint64_t seen = 0;
    for (;;) {
        for (int looks = 0; looks < MOST_LOOKS; looks++) {
            const uint64_t state = atomic_load(&pool.state);
            if (state != seen) {
                take_shares(state);
                seen = state;
                looks = 0;
            }
            if (!fetch_some(&soon[0]) && !fetch_some(&soon[1])) pause_a_moment();
        }
        pthread_mutex_lock(&pool.sleep);
        atomic_fetch_add(&pool.asleep, 1);
        if (atomic_load(&pool.state) == seen) pthread_cond_wait(&pool.wake, &pool.sleep);
        atomic_fetch_sub(&pool.asleep, 1);
        pthread_mutex_unlock(&pool.sleep);
    }
    return NULL;
}

static void hire(int workers)
{
    for (pthread_t thread; pool.workers < workers; pool.workers++) {
        void *number = (void *)(intptr_t)(pool.workers + 1);
        if (pthread_create(&thread, NULL, worker, number)) break;
        pthread_detach(thread);
    }
}

/* Calls function(job, share) for every share, and returns when all are done. */
static void run(work *function, void *job, int shares)
{
    if (shares == 1) { function(job, 0); return; }
    hire(shares - 1);
    pool.function = function;
    pool.job = job;
    atomic_store(&pool.unfinished, shares);
    const uint64_t number = (atomic_load(&pool.state) >> 32) + 1, state = number << 32 | shares;
    atomic_store(&pool.state, state);
    if (atomic_load(&pool.asleep)) {
        pthread_mutex_lock(&pool.sleep);
        pthread_cond_broadcast(&pool.wake);
        pthread_mutex_unlock(&pool.sleep);
    }
    take_shares(state);
    for (int looks = 0; atomic_load(&pool.unfinished); looks++)
        looks < MOST_LOOKS ? pause_a_moment() : (void)sched_yield();
}

/* How many shares to make of n rows or vectors: one per thread, each of at least `fewest`. */
static int shares_of(int n, int threads, int fewest)
{
    int shares = threads < MOST_SHARES ? threads : MOST_SHARES;
    if (shares * fewest > n) shares = n / fewest;
    return shares > 1 ? shares : 1;
}

/* ---- A layer: its weights and biases, and each share's sums of their gradients. ---- */

typedef struct {
    int n_in, n_out, vectors;
    size_t apart;         /* from one share's sums to the next's */
    lanes *W, *b, *sums; /* W in panels; sums like W, with b's after them */
    const REAL *from;     /* where W comes from */
    REAL *to;             /* where its gradient goes */
    int shares;
} layer;

/* A vector with n numbers in its first n lanes and `fill` in the others. */
INLINE lanes load(const REAL *from, int n, REAL fill)
{
    lanes v = all(fill);
#ifdef __AVX512F__
    if (IS_DOUBLE) return (lanes)_mm512_mask_loadu_pd((__m512d)v, (1 << n) - 1, from);
    return (lanes)_mm512_mask_loadu_ps((__m512)v, (1 << n) - 1, from);
#endif
    memcpy(&v, from, n * sizeof(REAL));
    return v;
}

INLINE void store(REAL *to, lanes v, int n)
{
#ifdef __AVX512F__
    if (IS_DOUBLE) _mm512_mask_storeu_pd(to, (1 << n) - 1, (__m512d)v);
    else _mm512_mask_storeu_ps(to, (1 << n) - 1, (__m512)v);
    return;
#endif
    memcpy(to, &v, n * sizeof(REAL));
}

/* Column v of a matrix's vectors: where in the panels its first row lies, how far apart its
   rows are, and how many numbers each of its vectors holds. */
typedef struct { size_t first; int apart, n; } column;

static column column_of(const layer *L, int v)
{
    const int panel = v / WIDEST * WIDEST, left = L->vectors - panel, n = L->n_out - v * LANES;
    return (column){(size_t)panel * L->n_in + v - panel, left < WIDEST ? left : WIDEST,
                    n < LANES ? n : LANES};
}

/* Moves a share of W's rows into panels. Once L->to is set, moves the gradient's rows out of
   them instead, adding up the sums of all shares. */
static void move(void *job, int share)
{
    const layer *L = job;
    const int from = SHARE(L->n_in, share, L->shares), to = SHARE(L->n_in, share + 1, L->shares);
    for (int v = 0; v < L->vectors; v++) {
        const column C = column_of(L, v);
        for (int j = from; j < to; j++) {
            const size_t inside = C.first + (size_t)j * C.apart;
            const size_t outside = (size_t)j * L->n_out + v * LANES;
            if (!L->to) {
                L->W[inside] = load(L->from + outside, C.n, 0);
                continue;
            }
            lanes total = L->sums[inside];
            for (int s = 1; s < L->shares; s++) total += L->sums[inside + s * L->apart];
            store(L->to + outside, total, C.n);
        }
    }
}

/* How many shares move a layer: one moves a small layer before another thread would notice. */
static int movers(const layer *L) { return L->apart < 500 ? 1 : L->shares; }

/* Makes a layer whose biases beyond n_out are `fill`. */
static layer make_layer(int n_in, int n_out, const REAL *W, const REAL *b, REAL fill, int shares)
{
    layer L = {n_in, n_out, VECTORS(n_out), 0, NULL, NULL, NULL, W, NULL, shares};
    L.apart = (size_t)(n_in + 1) * L.vectors;
    L.W = room_for(L.apart * BYTES);
    L.sums = room_for(L.apart * shares * BYTES);
    if (!L.W) return L;
    L.b = L.W + (size_t)n_in * L.vectors;
    for (int v = 0; v < L.vectors; v++)
        L.b[v] = b ? load(b + v * LANES, column_of(&L, v).n, fill) : all(fill);
    if (W) {
        L.shares = movers(&L);
        run(move, &L, L.shares);
        L.shares = shares;
    }
    return L;
}

static lanes *clear_sums(const layer *L, int share, lanes **gb)
{
    lanes *sums = L->sums + share * L->apart;
    *gb = sums + (size_t)L->n_in * L->vectors;
    memset(sums, 0, L->apart * BYTES);
    return sums;
}

/* Adds up the sums of all shares into gW and gb. */
static void collect(layer *L, REAL *gW, REAL *gb)
{
    L->to = gW;
    if (movers(L) > 1) run(move, L, L->shares);
    else for (int share = 0; share < L->shares; share++) move(L, share);
    for (int k = 0; k < L->n_out; k++) {
        gb[k] = 0;
        for (int s = 0; s < L->shares; s++)
            gb[k] += ((REAL *)(L->sums + s * L->apart + (size_t)L->n_in * L->vectors))[k];
    }
}

/* ---- What surrounds the work on a group of rows. ---- */

/* What an entry point is asked to do; each uses the members that it needs. */
typedef struct {
    const problem *P;
    int shares;
    layer first, output, back; /* back: the output layer's W, transposed */
    size_t own;                /* vectors of room for each share's rows */
    lanes *room;
    int32_t *indices, *every; /* of the pixels that are not zero; 0, 1, 2, ... */
    const int32_t *y;
    const REAL *g, *h;
    REAL *log_p, *gz, *out, scale;
    double *totals, *total; /* each share's log-likelihood, and that of all */
    int is_tanh;
    work *function; /* what is done with a share of the rows */
    int walks;      /* whether the rows follow those of the last call */
} request;

static int make_room(request *Q, size_t vectors)
{
    Q->own = (size_t)ROWS * vectors;
    Q->room = room_for(Q->own * Q->shares * BYTES);
    Q->indices = room_for((size_t)Q->shares * (Q->P->n_in + 16) * sizeof(int32_t));
    Q->totals = room_for(Q->shares * sizeof(double));
    return Q->room && Q->indices && Q->totals && Q->first.W && Q->first.sums;
}

typedef struct {
    const REAL *x[ROWS];
    const char *next; /* the first byte of the next group */
    int32_t *at;
    int i, end, rows, m;
} group;

static group first_group(const request *Q, int share)
{
    const int n = Q->P->n;
    return (group){.i = SHARE(n, share, Q->shares) - ROWS,
                   .end = SHARE(n, share + 1, Q->shares),
                   .at = Q->indices + (size_t)share * (Q->P->n_in + 16)};
}

static int next_group(group *G, const problem *P)
{
    G->i += ROWS;
    if (G->i >= G->end) return 0;
    G->rows = G->end - G->i < ROWS ? G->end - G->i : ROWS;
    for (int r = 0; r < ROWS; r++) /* a short group repeats its last row, without effect */
        G->x[r] = row_of(P, G->i + (r < G->rows ? r : G->rows - 1));
    G->next = (const char *)(G->x[ROWS - 1] + P->stride);
    G->m = nonzeros(G->x, P->n_in, G->at);
    return 1;
}

static void repeat(lanes *rows, const lanes *row, int vectors)
{
    for (int r = 0; r < ROWS; r++) memcpy(rows + r * vectors, row, vectors * BYTES);
}

/* Copies a group's rows to their place in a matrix. */
static void copy_out(REAL *to, const group *G, const lanes *rows, const layer *L)
{
    for (int r = 0; r < G->rows; r++)
        memcpy(to + (size_t)(G->i + r) * L->n_out, rows + r * L->vectors,
               L->n_out * sizeof(REAL));
}

static void clear_rows(lanes *rows, int from, int vectors)
{
    memset(rows + from * vectors, 0, (size_t)(ROWS - from) * vectors * BYTES);
}

/* Returns one image's log-likelihood from its logits z, which become the scaled gradient. */
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

/* A sum, and what rounding has lost of it: with 50,000 numbers, the loss would show. */
typedef struct { double so_far, lost; } long_sum;

static void add(long_sum *S, double value)
{
    const double more = value + S->lost, before = S->so_far;
    S->so_far += more;
    S->lost = more - (S->so_far - before);
}

/* Does the same for a group of images. The gradients are also added to gb. */
static double softmax_of_group(const request *Q, const layer *L, const group *G, lanes *z,
                               lanes *gb)
{
    double total = 0;
    for (int r = 0; r < G->rows; r++) {
        lanes *row = z + r * L->vectors;
        const int label = Q->y[G->i + r], from_0 = label < 0 ? label + L->n_out : label;
        const REAL log_p = softmax(row, L->vectors, L->n_out, from_0, Q->scale);
        Q->log_p[G->i + r] = log_p;
        total += log_p;
        for (int v = 0; v < L->vectors; v++) gb[v] += row[v];
    }
    clear_rows(z, G->rows, L->vectors);
    return total;
}

static int labels_fit(const int32_t *y, int n, int classes)
{
    for (int i = 0; i < n; i++)
        if (y[i] < -classes || y[i] >= classes) return 0;
    return 1;
}

/* Of the rows after these, each worker prefetches its own share and a part of the caller's. */
static void look_ahead(const request *Q)
{
    const problem *P = Q->P;
    const int first = SHARE(P->n, 1, Q->shares), helpers = Q->shares - 1;
    const int rows[4] = {SHARE(P->n, own, Q->shares), SHARE(P->n, own + 1, Q->shares),
                         SHARE(first, own - 1, helpers), SHARE(first, own, helpers)};
    for (int i = 0; i < 2; i++) {
        soon[i].from = (const char *)row_of(P, P->n + rows[2 * i]);
        soon[i].to = (const char *)row_of(P, P->n + rows[2 * i + 1]);
    }
}

static void row_share(void *job, int share)
{
    const request *Q = job;
    Q->function(job, share);
    if (Q->walks && own && own < Q->shares) look_ahead(Q);
}

static void run_over_rows(request *Q, work *function)
{
    static const REAL *after; /* where the last call's rows ended */
    Q->walks = FETCH_AHEAD && Q->P->x == after;
    Q->function = function;
    after = row_of(Q->P, Q->P->n);
    run(row_share, Q, Q->shares);
}

/* Does the work, and sets the log-likelihood and the gradients that are asked for. */
static void compute(request *Q, work *function, void *gW, void *gb)
{
    run_over_rows(Q, function);
    if (gW) collect(&Q->first, gW, gb);
    if (!Q->total) return;
    *Q->total = 0;
    for (int share = 0; share < Q->shares; share++) *Q->total += Q->totals[share];
}

/* The same for a single layer. */
static int compute_layer(request *Q, const void *W, const void *b, REAL fill, work *function,
                         void *gW, void *gb)
{
    begin();
    Q->first = make_layer(Q->P->n_in, Q->P->n_out, W, b, fill, Q->shares);
    const int enough = make_room(Q, Q->first.vectors);
    if (enough) compute(Q, function, gW, gb);
    return end(enough ? OK : NO_MEMORY);
}

/* ---- The entry points, each after the function that works on one of its shares. ---- */

static void log_likelihood_share(void *job, int share)
{
    const request *Q = job;
    const layer *L = &Q->first;
    lanes *gb, *gW = clear_sums(L, share, &gb), *z = Q->room + share * Q->own;
    long_sum total = {0, 0};
    for (group G = first_group(Q, share); next_group(&G, Q->P);) {
        repeat(z, L->b, L->vectors);
        forward(G.x, G.at, G.m, L->n_in, L->W, z, L->vectors, G.next);
        add(&total, softmax_of_group(Q, L, &G, z, gb));
        if (Q->gz) copy_out(Q->gz, &G, z, L);
        backward(G.x, G.at, G.m, L->n_in, gW, z, L->vectors, G.next + (size_t)G.m * 64);
    }
    Q->totals[share] = total.so_far;
}

int log_likelihood(const problem *P, const void *W, const void *b, const int32_t *y,
                   double *total, void *log_p, void *gW, void *gb, void *gz, double scale,
                   int threads)
{
    if (!labels_fit(y, P->n, P->n_out)) return WRONG_LABEL;
    request Q = {.P = P, .shares = shares_of(P->n, threads, ROWS_A_THREAD), .y = y, .total = total,
                 .log_p = log_p, .gz = gz, .scale = scale};
    return compute_layer(&Q, W, b, -INFINITY, log_likelihood_share, gW, gb);
}

/* Returns the log-likelihood of a group whose hidden units are h. g becomes the gradient with
   respect to tanh's input; those of the output layer and of b_xh are added to their sums. */
static double output_of_group(const request *Q, const group *G, lanes *h, lanes *g, lanes *z,
                              lanes *gW_hy, lanes *gb_hy, lanes *gb_xh)
{
    const layer *O = &Q->output;
    const int vectors = Q->first.vectors;
    const REAL *h_rows[ROWS], *z_rows[ROWS];
    for (int r = 0; r < ROWS; r++) {
        h_rows[r] = (REAL *)(h + r * vectors);
        z_rows[r] = (REAL *)(z + r * O->vectors);
    }
    repeat(z, O->b, O->vectors);
    forward(h_rows, Q->every, O->n_in, O->n_in, O->W, z, O->vectors, (char *)h);
    const double total = softmax_of_group(Q, O, G, z, gb_hy);
    backward(h_rows, Q->every, O->n_in, O->n_in, gW_hy, z, O->vectors, (char *)h);
    clear_rows(g, 0, vectors);
    forward(z_rows, Q->every, O->n_out, O->n_out, Q->back.W, g, vectors, (char *)h);
    for (int v = 0; v < ROWS * vectors; v++) {
        g[v] *= 1 - h[v] * h[v];
        gb_xh[v % vectors] += g[v];
    }
    return total;
}

static void network_share(void *job, int share)
{
    const request *Q = job;
    const layer *H = &Q->first;
    lanes *gb_xh, *gW_xh = clear_sums(H, share, &gb_xh);
    lanes *gb_hy, *gW_hy = clear_sums(&Q->output, share, &gb_hy);
    lanes *h = Q->room + share * Q->own, *g = h + ROWS * H->vectors, *z = g + ROWS * H->vectors;
    long_sum total = {0, 0};
    for (group G = first_group(Q, share); next_group(&G, Q->P);) {
        repeat(h, H->b, H->vectors);
        forward(G.x, G.at, G.m, H->n_in, H->W, h, H->vectors, G.next);
        for (int v = 0; v < ROWS * H->vectors; v++) h[v] = hyperbolic_tangent(h[v]);
        add(&total, output_of_group(Q, &G, h, g, z, gW_hy, gb_hy, gb_xh));
        backward(G.x, G.at, G.m, H->n_in, gW_xh, g, H->vectors, G.next + (size_t)G.m * 64);
    }
    Q->totals[share] = total.so_far;
}

/* Makes the layers of a network, and room to work in. The first layer may have no W. */
static int make_network(request *Q, int n_in, const void *W_xh, const void *b_xh, const REAL *W_hy,
                        const void *b_hy, int classes)
{
    const int hidden = Q->P->n_out, shares = Q->shares;
    REAL *transposed = room_for((size_t)hidden * classes * sizeof(REAL));
    Q->every = room_for((size_t)(hidden + classes) * sizeof(int32_t));
    if (!transposed || !Q->every) return 0;
    for (int j = 0; j < hidden + classes; j++) Q->every[j] = j;
    for (int j = 0; j < hidden; j++)
        for (int k = 0; k < classes; k++)
            transposed[(size_t)k * hidden + j] = W_hy[(size_t)j * classes + k];
    Q->first = make_layer(n_in, hidden, W_xh, b_xh, 0, shares);
    Q->output = make_layer(hidden, classes, W_hy, b_hy, -INFINITY, shares);
    Q->back = make_layer(classes, hidden, transposed, NULL, 0, 1);
    return make_room(Q, 2 * Q->first.vectors + Q->output.vectors) && Q->output.W &&
           Q->output.sums && Q->back.W;
}

int network(const problem *P, const void *W_xh, const void *b_xh, const void *W_hy,
            const void *b_hy, const int32_t *y, double *total, void *log_p, void *gW_xh,
            void *gb_xh, void *gW_hy, void *gb_hy, int classes, double scale, int threads)
{
    if (!labels_fit(y, P->n, classes)) return WRONG_LABEL;
    begin();
    request Q = {.P = P, .shares = shares_of(P->n, threads, ROWS_A_THREAD), .y = y, .total = total,
                 .log_p = log_p, .scale = scale};
    const int enough = make_network(&Q, P->n_in, W_xh, b_xh, W_hy, b_hy, classes);
    if (enough) {
        compute(&Q, network_share, gW_xh, gb_xh);
        collect(&Q.output, gW_hy, gb_hy);
    }
    return end(enough ? OK : NO_MEMORY);
}

/* ---- A step on few images. Its shares are columns of W_xh. It goes through W_xh twice, a
   panel at a time, and reads or writes nothing else of that size. ---- */

typedef struct {
    const request *Q;
    int shares, n_groups;
    group *groups;
    lanes *h, *panels; /* hidden units, later their gradients; room for one panel per share */
    REAL *W, rate, decay;
    double *squares; /* of each share's columns */
} step;

typedef struct { int v, nv, end; lanes *W; } panel; /* vectors v to v + nv of a share */

static panel first_panel(const step *S, int share)
{
    const int vectors = S->Q->first.vectors;
    return (panel){SHARE(vectors, share, S->shares), 0, SHARE(vectors, share + 1, S->shares),
                   S->panels + (size_t)share * WIDEST * S->Q->P->n_in};
}

static int next_panel(panel *C)
{
    C->v += C->nv;
    C->nv = C->end - C->v < WIDEST ? C->end - C->v : WIDEST;
    return C->nv > 0;
}

/* Copies a panel of W and adds up its squares or, if `squares` is NULL, updates W by the
   gradient in the panel. */
INLINE void through_panel(const step *S, const panel *C, lanes *squares, const int nv)
{
    const int n_out = S->Q->P->n_out;
    REAL *row = S->W + C->v * LANES;
    lanes *inside = C->W;
    for (int j = 0; j < S->Q->P->n_in; j++, row += n_out)
        UNROLL for (int k = 0; k < nv; k++, inside++) {
            const int left = n_out - (C->v + k) * LANES, n = left < LANES ? left : LANES;
            const lanes W = load(row + k * LANES, n, 0);
            if (squares) {
                squares[k] += W * W;
                *inside = W;
            } else store(row + k * LANES, W + (S->rate * *inside - S->decay * W), n);
        }
}

static void through(const step *S, const panel *C, lanes *squares)
{
    if (C->nv == 1) through_panel(S, C, squares, 1);
    if (C->nv == 2) through_panel(S, C, squares, 2);
    if (C->nv == 3) through_panel(S, C, squares, 3);
}

/* Row r of a group's hidden units, from where a panel begins. */
static lanes *units(const step *S, const panel *C, int group, int r)
{
    return S->h + (size_t)(group * ROWS + r) * S->Q->first.vectors + C->v;
}

static void hidden_share(void *job, int share)
{
    const step *S = job;
    S->squares[share] = 0;
    for (panel C = first_panel(S, share); next_panel(&C);) {
        lanes z[ROWS * WIDEST], squares[WIDEST] = {all(0), all(0), all(0)};
        through(S, &C, squares);
        for (int k = 0; k < WIDEST * LANES; k++) S->squares[share] += ((REAL *)squares)[k];
        for (int i = 0; i < S->n_groups; i++) {
            const group *G = S->groups + i;
            repeat(z, S->Q->first.b + C.v, C.nv);
            forward(G->x, G->at, G->m, S->Q->P->n_in, C.W, z, C.nv, (char *)C.W);
            for (int r = 0; r < ROWS; r++)
                for (int k = 0; k < C.nv; k++)
                    units(S, &C, i, r)[k] = hyperbolic_tangent(z[r * C.nv + k]);
        }
    }
}

static void change_share(void *job, int share)
{
    const step *S = job;
    for (panel C = first_panel(S, share); next_panel(&C);) {
        lanes g[ROWS * WIDEST];
        memset(C.W, 0, (size_t)S->Q->P->n_in * C.nv * BYTES);
        for (int i = 0; i < S->n_groups; i++) {
            const group *G = S->groups + i;
            for (int r = 0; r < ROWS; r++)
                memcpy(g + r * C.nv, units(S, &C, i, r), C.nv * BYTES);
            backward(G->x, G->at, G->m, S->Q->P->n_in, C.W, g, C.nv, (char *)C.W);
        }
        through(S, &C, NULL);
    }
}

/* Between these two comes the output layer. */
static void output_of_all(const step *S)
{
    const request *Q = S->Q;
    const int vectors = Q->first.vectors;
    lanes *gb_xh, *gb_hy, *gW_hy = clear_sums(&Q->output, 0, &gb_hy);
    lanes *g = Q->room, *z = g + ROWS * vectors;
    long_sum total = {0, 0};
    clear_sums(&Q->first, 0, &gb_xh);
    for (int i = 0; i < S->n_groups; i++) {
        lanes *h = S->h + (size_t)i * ROWS * vectors;
        add(&total, output_of_group(Q, S->groups + i, h, g, z, gW_hy, gb_hy, gb_xh));
        memcpy(h, g, (size_t)ROWS * vectors * BYTES);
    }
    *Q->total = total.so_far;
}

static int make_groups(step *S)
{
    const problem *P = S->Q->P;
    const size_t most = (P->n + ROWS - 1) / ROWS, list = P->n_in + 16;
    int32_t *indices = room_for(most * list * sizeof(int32_t));
    S->groups = room_for(most * sizeof(group));
    S->h = room_for(most * ROWS * S->Q->first.vectors * BYTES);
    S->panels = room_for((size_t)S->shares * WIDEST * P->n_in * BYTES);
    S->squares = room_for(S->shares * sizeof(double));
    if (!indices || !S->groups || !S->h || !S->panels || !S->squares) return 0;
    group G = first_group(S->Q, 0);
    for (G.at = indices; next_group(&G, P); G.at += list) S->groups[S->n_groups++] = G;
    return 1;
}

int network_step(const problem *P, void *W_xh, const void *b_xh, const void *W_hy,
                 const void *b_hy, const int32_t *y, double *total, void *log_p,
                 double *squares, void *gb_xh, void *gW_hy, void *gb_hy, int classes,
                 double scale, double rate, double decay, int threads)
{
    if (!labels_fit(y, P->n, classes)) return WRONG_LABEL;
    begin();
    request Q = {
        .P = P, .shares = 1, .y = y, .total = total, .log_p = log_p, .scale = scale};
    step S = {.Q = &Q, .W = W_xh, .rate = rate, .decay = decay,
              .shares = shares_of(VECTORS(P->n_out), threads, VECTORS_A_THREAD)};
    const int enough = make_network(&Q, 0, NULL, b_xh, W_hy, b_hy, classes) && make_groups(&S);
    if (enough) {
        run(hidden_share, &S, S.shares);
        output_of_all(&S);
        run(change_share, &S, S.shares);
        collect(&Q.first, NULL, gb_xh);
        collect(&Q.output, gW_hy, gb_hy);
        *squares = 0;
        for (int share = 0; share < S.shares; share++) *squares += S.squares[share];
    }
    return end(enough ? OK : NO_MEMORY);
}

static void affine_share(void *job, int share)
{
    const request *Q = job;
    const layer *L = &Q->first;
    lanes *z = Q->room + share * Q->own;
    for (group G = first_group(Q, share); next_group(&G, Q->P);) {
        repeat(z, L->b, L->vectors);
        forward(G.x, G.at, G.m, L->n_in, L->W, z, L->vectors, G.next);
        for (int v = 0; Q->is_tanh && v < G.rows * L->vectors; v++)
            z[v] = hyperbolic_tangent(z[v]);
        copy_out(Q->out, &G, z, L);
    }
}

int affine(const problem *P, const void *W, const void *b, void *out, int is_tanh, int threads)
{
    request Q = {.P = P, .shares = shares_of(P->n, threads, ROWS_A_THREAD), .out = out,
                 .is_tanh = is_tanh};
    return compute_layer(&Q, W, b, 0, affine_share, NULL, NULL);
}

static void affine_gradient_share(void *job, int share)
{
    const request *Q = job;
    const layer *L = &Q->first;
    lanes *gb, *gW = clear_sums(L, share, &gb), *z = Q->room + share * Q->own;
    clear_rows(z, 0, L->vectors);
    for (group G = first_group(Q, share); next_group(&G, Q->P);) {
        for (int r = 0; r < G.rows; r++) {
            const size_t start = (size_t)(G.i + r) * L->n_out;
            const REAL *g = Q->g + start, *h = Q->h + start;
            REAL *row = (REAL *)(z + r * L->vectors);
            for (int j = 0; j < L->n_out; j++) row[j] = Q->h ? g[j] * (1 - h[j] * h[j]) : g[j];
            for (int v = 0; v < L->vectors; v++) gb[v] += z[r * L->vectors + v];
        }
        clear_rows(z, G.rows, L->vectors);
        backward(G.x, G.at, G.m, L->n_in, gW, z, L->vectors, G.next);
    }
}

int affine_gradient(const problem *P, const void *g, const void *h, void *gW, void *gb,
                    int threads)
{
    request Q = {.P = P, .shares = shares_of(P->n, threads, ROWS_A_THREAD), .g = g, .h = h};
    return compute_layer(&Q, NULL, NULL, 0, affine_gradient_share, gW, gb);
}
