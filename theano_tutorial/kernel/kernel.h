/* The kernel's interface: kernel.c defines it, c_call.c calls it, and call.py reads it.

   Matrices are row-major; void stands for the float or double that the kernel is compiled for.
   Each function uses `threads` threads, or fewer if there is little work to share. */

#include <stdint.h>

/* What the functions return. */
enum { OK, WRONG_LABEL, NO_MEMORY };

/* The matrix x, n by n_in, with rows `stride` numbers apart; the result has width n_out. */
typedef struct {
    int n;
    int n_in;
    int n_out;
    const void *x;
    int64_t stride;
} problem;

/* log_p[i] = log softmax(x W + b)[i, y[i]], and their sum, total; and `scale` times the gradients
   of the sum: gW, gb and, unless it is NULL, gz, which is with respect to x W + b. A negative
   label counts from the last class. */
int log_likelihood(const problem *P, const void *W, const void *b, const int32_t *y,
                   double *total, void *log_p, void *gW, void *gb, void *gz, double scale,
                   int threads);

/* The same for a network with a hidden layer of n_out tanh units, with respect to W_xh, b_xh,
   W_hy and b_hy. */
int network(const problem *P, const void *W_xh, const void *b_xh, const void *W_hy,
            const void *b_hy, const int32_t *y, double *total, void *log_p, void *gW_xh,
            void *gb_xh, void *gW_hy, void *gb_hy, int classes, double scale, int threads);

/* The same for few images, but W_xh itself becomes W_xh + rate gW_xh - decay W_xh; `squares` is
   the sum of the squares of the old W_xh. */
int network_step(const problem *P, void *W_xh, const void *b_xh, const void *W_hy,
                 const void *b_hy, const int32_t *y, double *total, void *log_p,
                 double *squares, void *gb_xh, void *gW_hy, void *gb_hy, int classes,
                 double scale, double rate, double decay, int threads);

/* out = x W + b, or its tanh; b may be NULL. */
int affine(const problem *P, const void *W, const void *b, void *out, int is_tanh, int threads);

/* gW = x' g and gb = sum(g), where g is first multiplied by 1 - h h, unless h is NULL. */
int affine_gradient(const problem *P, const void *g, const void *h, void *gW, void *gb,
                    int threads);
