/** The flat index: rows, kernels, exact search. Depends on the JDK alone. */
@NullMarked
package io.semblance.vector;

import org.jspecify.annotations.NullMarked;
