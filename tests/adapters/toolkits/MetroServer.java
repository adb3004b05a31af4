import county.*;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import javax.jws.WebService;
import javax.xml.datatype.XMLGregorianCalendar;
import javax.xml.ws.Endpoint;

/** A vendor's service: the JAX-WS reference implementation's own endpoint, its WSDL and schemas handed out as it makes them. Prints its port. */
@WebService(endpointInterface = "county.CaseExchange", targetNamespace = "http://yunlan.example.invalid/caseexchange/",
    serviceName = "CaseExchange", portName = "CaseExchangeSoap")
public class MetroServer implements CaseExchange {
    public Receipt submitStep(Step step) throws InvalidCase_Exception {
        if (step.getItemCode() != null) {
            InvalidCase detail = new InvalidCase();
            detail.setCode(17);
            detail.setMessage("事项不存在");
            throw new InvalidCase_Exception("事项不存在", detail);
        }
        Receipt receipt = new Receipt();
        receipt.setCode(0);
        receipt.setMessage(step.getItemName());
        receipt.setCaseNo(step.getVersion() + step.getOperator().getName());
        return receipt;
    }

    public Receipt submitApplication(Application record) { throw new UnsupportedOperationException(); }

    public Receipt submitAcceptance(Acceptance record) { throw new UnsupportedOperationException(); }

    public Receipt submitFinish(Finish record) { throw new UnsupportedOperationException(); }

    public Receipt queryCase(String operation, String applyNo, BigInteger version, String stepCode, XMLGregorianCalendar time) { throw new UnsupportedOperationException(); }

    public static void main(String[] given) throws Exception {
        Endpoint.publish("http://127.0.0.1:" + given[0] + "/cases", new MetroServer());
        Thread.currentThread().join();
    }
}
