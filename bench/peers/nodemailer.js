// A nodemailer pool. argv: port, connections, mail.json. Each line on stdin is "<first> <count>"; the answer is the seconds it took.
const nodemailer = require('nodemailer');
const [port, connections, file] = process.argv.slice(2);
const mail = JSON.parse(require('fs').readFileSync(file, 'utf8'));
const pool = nodemailer.createTransport({ host: '127.0.0.1', port: +port, pool: true, maxConnections: +connections, maxMessages: Infinity, ignoreTLS: true });

async function run(first, count) {
  const end = first + count;
  const worker = async () => {
    while (first < end) {
      const i = first++;
      const text = (s) => s.replaceAll('{{ name }}', `Creator ${i}`);
      await pool.sendMail({
        from: { name: 'Mia', address: 'mia@brand.example' }, to: { name: `Creator ${i}`, address: `r${i}@d${i % 50}.example` },
        subject: text(mail.subject), text: text(mail.text), html: text(mail.html),
      });
    }
  };
  await Promise.all(Array.from({ length: connections * 2 }, worker)); // twice, so that no connection waits for its next mail
}

require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const [first, count] = line.split(' ').map(Number);
  const started = process.hrtime.bigint();
  try {
    await run(first, count);
    console.log(Number(process.hrtime.bigint() - started) / 1e9);
  } catch (e) {
    console.error(e);
    process.exit(1);
  }
}).on('close', () => process.exit(0));
