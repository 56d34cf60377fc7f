/* LogLikelihood in PyTensor's C code: calls the kernel with no Python in between. c_call.py
   puts kernel.h before this file.

   It handles arrays in their usual form. Anything else (gaps between numbers, no rows, shapes
   that do not fit, a label out of range) is left to Python, which computes it or raises. */

enum { LOG_LIKELIHOOD, LOG_P, GW, GB, GZ };

/* Makes an output, or reuses the last call's if its shape fits and nobody else has it. */
static int make(PyArrayObject **out, int ndim, const npy_intp *shape, int dtype)
{
    if (*out && Py_REFCNT(*out) == 1 && PyArray_ISCARRAY(*out) &&
        PyArray_CompareLists(PyArray_DIMS(*out), shape, ndim))
        return 1;
    Py_XDECREF(*out);
    *out = (PyArrayObject *)PyArray_SimpleNew(ndim, shape, dtype);
    return *out != NULL;
}

static int is_usual(PyArrayObject *x, PyArrayObject *W, PyArrayObject *b, PyArrayObject *y)
{
    const npy_intp n = PyArray_DIM(x, 0), size = PyArray_ITEMSIZE(x);
    return n > 0 && PyArray_DIM(y, 0) == n &&
           PyArray_DIM(x, 1) == PyArray_DIM(W, 0) && PyArray_DIM(W, 1) == PyArray_DIM(b, 0) &&
           PyArray_STRIDE(x, 1) == size && PyArray_STRIDE(x, 0) % size == 0 &&
           PyArray_ISALIGNED(x) && PyArray_ISCARRAY_RO(W) && PyArray_ISCARRAY_RO(b) &&
           PyArray_ISCARRAY_RO(y);
}

/* Calls the kernel, or Python; on failure returns 0 with an exception set. */
static int c_call(PyArrayObject *x, PyArrayObject *W, PyArrayObject *b, PyArrayObject *y,
                  PyArrayObject **out[], int n_out, int is_mean, npy_int64 kernel,
                  npy_int64 threads, PyObject *in_python)
{
    if (is_usual(x, W, b, y)) {
        const npy_intp n = PyArray_DIM(x, 0), shape[] = {n, PyArray_DIM(W, 0), PyArray_DIM(W, 1)};
        const npy_intp gz_shape[] = {n, shape[2]};
        const int dtype = PyArray_TYPE(x);
        const problem P = {(int)n, (int)shape[1], (int)shape[2], PyArray_DATA(x),
                           PyArray_STRIDE(x, 0) / PyArray_ITEMSIZE(x)};
        const double scale = is_mean ? 1.0 / n : 1;
        double total;
        int code;
        if (!make(out[LOG_LIKELIHOOD], 0, shape, dtype) || !make(out[LOG_P], 1, shape, dtype) ||
            !make(out[GW], 2, shape + 1, dtype) || !make(out[GB], 1, shape + 2, dtype) ||
            (n_out > GZ && !make(out[GZ], 2, gz_shape, dtype)))
            return 0;
        Py_BEGIN_ALLOW_THREADS
        code = ((__typeof__(&log_likelihood))(npy_intp)kernel)(
            &P, PyArray_DATA(W), PyArray_DATA(b), (const int32_t *)PyArray_DATA(y), &total,
            PyArray_DATA(*out[LOG_P]), PyArray_DATA(*out[GW]), PyArray_DATA(*out[GB]),
            n_out > GZ ? PyArray_DATA(*out[GZ]) : NULL, scale, (int)threads);
        Py_END_ALLOW_THREADS
        if (code == OK) {
            void *to = PyArray_DATA(*out[LOG_LIKELIHOOD]);
            if (dtype == NPY_DOUBLE) *(double *)to = is_mean ? total / n : total;
            else *(float *)to = (float)(is_mean ? total / n : total);
            return 1;
        }
    }
    PyObject *outputs = PyObject_CallFunctionObjArgs(in_python, x, W, b, y, NULL);
    for (int i = 0; outputs && i < n_out; i++) {
        Py_XDECREF(*out[i]);
        *out[i] = (PyArrayObject *)PySequence_GetItem(outputs, i);
    }
    Py_XDECREF(outputs);
    return outputs != NULL;
}
