/* What the machine can do at best: read memory, and multiply and add. */

#include <omp.h>
#include <stddef.h>

typedef double lanes __attribute__((vector_size(64)));

/* Seconds to read n numbers once, with all threads. */
double read_once(const double *x, ptrdiff_t n, double *sum)
{
    double total = 0, start = omp_get_wtime();
#pragma omp parallel for simd reduction(+ : total)
    for (ptrdiff_t i = 0; i < n; i++) total += x[i];
    *sum = total;
    return omp_get_wtime() - start;
}

/* Fused multiply-adds of float64 a second, with all threads. */
double multiply_adds(ptrdiff_t repeats, double *sum)
{
    double total = 0, start = omp_get_wtime();
    int threads = 1;
#pragma omp parallel reduction(+ : total)
    {
        threads = omp_get_num_threads();
        lanes a[16], factor = (lanes){0} + 0.999;
        for (int k = 0; k < 16; k++) a[k] = (lanes){0} + k;
        for (ptrdiff_t i = 0; i < repeats; i++)
#pragma GCC unroll 16
            for (int k = 0; k < 16; k++) a[k] = a[k] * factor + factor;
        for (int k = 0; k < 16; k++) total += a[k][0];
    }
    *sum = total;
    return threads * repeats * 16.0 * 8 / (omp_get_wtime() - start);
}
