/** The command line. */
@NullMarked
package io.semblance.cli;

import org.jspecify.annotations.NullMarked;
