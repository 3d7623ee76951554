// PDF.js loads a page of a document by ranges, with a token.
// https://github.com/mozilla/pdf.js/wiki/Frequently-Asked-Questions#range

export const policy = "PDF.js";
export const preset = "pdfjs";
export const files = { "/worker.mjs": { type: "text/javascript", asset: "pdfjs-dist/legacy/build/pdf.worker.mjs" } };

// Returns a document of 20 pages with 50 kB each.
function pdf() {
  const kids = Array.from({ length: 20 }, (_, index) => 3 + index * 2);
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Count 20 /Kids [${kids.map((kid) => `${kid} 0 R`).join(" ")}] >>`,
  ];
  for (const kid of kids) {
    const stream = `% ${"x".repeat(50_000)}\n`;
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${kid} 9] /Resources << >> /Contents ${kid + 1} 0 R >>`);
    objects.push(`<< /Length ${stream.length} >>\nstream\n${stream}endstream`);
  }
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, "0")} 00000 n \n`;
  });
  const size = objects.length + 1;
  return Buffer.from(
    `${text}xref\n0 ${size}\n0000000000 65535 f \n${offsets.join("")}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`,
  );
}

export function serve({ json }) {
  const document = pdf();
  let ranges = 0;
  return {
    respond({ url, headers }, response) {
      if (url === "/ranges") return json(response, ranges);
      const own = { "content-type": "application/pdf", "accept-ranges": "bytes" };
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "")?.map(Number) ?? [];
      if (!end) return response.writeHead(200, { ...own, "content-length": document.length }).end(document);
      ranges += 1;
      const part = document.subarray(start, end + 1);
      response.writeHead(206, { ...own, "content-range": `bytes ${start}-${end}/${document.length}` }).end(part);
    },
  };
}

export async function page({ check, equal, API }) {
  const { GlobalWorkerOptions, getDocument } = await import("pdfjs-dist/legacy/build/pdf.mjs");
  GlobalWorkerOptions.workerSrc = "/worker.mjs";
  await check("a page by ranges", async () => {
    const options = { httpHeaders: { authorization: "Bearer t" }, disableAutoFetch: true, disableStream: true };
    const task = getDocument({ url: `${API}/a.pdf`, rangeChunkSize: 16_384, ...options });
    const { view } = await (await task.promise).getPage(10);
    await task.destroy();
    const ranges = await (await fetch(`${API}/ranges`)).json();
    return equal([view[2], ranges > 0], [21, true]);
  });
}
